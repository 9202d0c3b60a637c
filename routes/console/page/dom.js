/**
 * Creates an element. Strings become text nodes, functions become listeners, empty children are skipped: no text from
 * outside is ever parsed as HTML.
 */
export function el(tag, { className, ...attributes } = {}, ...children) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') made.addEventListener(name.slice(2), value);
    else if (value === true) made.setAttribute(name, '');
    else if (value !== false && value !== undefined) made.setAttribute(name, value);
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== ''));
  return made;
}

/** Creates an SVG element. */
export function svg(tag, attributes = {}, ...children) {
  const made = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/** @returns the element with this id */
export const byId = (id) => document.getElementById(id);

/** Sets the text of an element only when it differs, so that screen readers do not repeat it. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Shows a count in the navigation; hidden when it is 0. */
export function setBadge(name, count) {
  const badge = byId(`badge-${name}`);
  setText(badge, String(count));
  badge.hidden = count === 0;
}

/** Announces a change to screen readers. */
export function announce(text) {
  byId('announce').textContent = text;
}

let hideToast;

/** Shows the result of an action for a few seconds. */
export function toast(text) {
  const line = byId('toast');
  line.textContent = text;
  line.hidden = false;
  clearTimeout(hideToast);
  hideToast = setTimeout(() => {
    line.hidden = true;
  }, 8000);
}

/**
 * Keeps a list up to date without touching entries that did not change: their focus and open details stay. A changed entry
 * is rendered again, and the focus returns to its control with the same `data-action`.
 */
export function createKeyedList(list, { key, render, empty }) {
  let shown = new Map();
  return (items) => {
    const next = new Map();
    for (const item of items) {
      const id = key(item);
      const json = JSON.stringify(item);
      const before = shown.get(id);
      next.set(id, before?.json === json ? before : { json, node: replaceNode(before?.node, render(item)) });
    }
    shown = next;
    const nodes = [...shown.values()].map(({ node }) => node);
    const wanted = nodes.length > 0 || !empty ? nodes : [el('li', { className: 'empty' }, empty)];
    if (wanted.length === list.children.length && wanted.every((node, index) => node === list.children[index])) return;
    const focused = list.contains(document.activeElement) ? document.activeElement : null;
    list.replaceChildren(...wanted);
    if (focused?.isConnected) focused.focus();
  };
}

function replaceNode(before, after) {
  if (!before) return after;
  const openDetails = before.querySelector('details')?.open;
  if (openDetails) after.querySelector('details')?.setAttribute('open', '');
  const action = before.contains(document.activeElement) ? document.activeElement.dataset.action : undefined;
  before.replaceWith(after);
  if (action) after.querySelector(`[data-action="${action}"]`)?.focus();
  return after;
}
