import { byId } from './dom.js';

let hideTimer;

/** Shows a notice at the bottom of the page for a few seconds. */
function toast(text) {
  const line = byId('toast');
  line.textContent = text;
  line.hidden = false;
  clearTimeout(hideTimer);
  hideTimer = setTimeout(() => {
    line.hidden = true;
  }, 6000);
}

/** Runs an action of the demo and shows its error as a toast. @returns whether it succeeded */
export async function runAction(path, body = {}) {
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
