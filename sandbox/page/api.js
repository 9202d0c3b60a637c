import { byId } from './dom.js';

let hiding;

/** Says something at the bottom of the page for a few seconds. */
export function toast(text) {
  const line = byId('toast');
  line.textContent = text;
  line.hidden = false;
  clearTimeout(hiding);
  hiding = setTimeout(() => {
    line.hidden = true;
  }, 6000);
}

/** Asks the demo to do something; what goes wrong is said on the page. Resolves to whether it was done. */
export async function ask(path, body = {}) {
  try {
    const response = await fetch(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (response.ok) return true;
    const { error } = await response.json();
    toast(error || `Demo menjawab ${response.status}.`);
  } catch {
    toast('Demo tidak menjawab. Jalankan lagi: npm run demo');
  }
  return false;
}
