/** Checks that run in the browser. Each function must be self-contained: the test sends its source to the page. */

/** @returns whether an element is in the visible part of the conversation */
export function isInView(element) {
  const { top, bottom } = element.getBoundingClientRect();
  const screen = document.getElementById('log').getBoundingClientRect();
  return bottom > screen.top && top < screen.bottom;
}

/** Resolves when an element becomes visible. */
export function comesIntoView(element) {
  return new Promise((resolve) => {
    new IntersectionObserver((entries) => entries.some((entry) => entry.isIntersecting) && resolve()).observe(element);
  });
}

/** Scrolls the conversation to its end. */
export function scrollToEnd() {
  document.getElementById('log').scrollTo(0, 1e6);
}

export function arePicturesLoaded() {
  const pictures = [...document.images];
  return pictures.length > 0 && pictures.every(({ complete, naturalWidth }) => complete && naturalWidth > 0);
}

export function focusedId() {
  return document.activeElement?.id ?? '';
}

/** @returns the elements that are wider than the screen */
export function overflowing() {
  const width = document.documentElement.clientWidth;
  return [...document.querySelectorAll('body *')]
    .filter((element) => element.checkVisibility({ visibilityProperty: true }))
    .filter((element) => !element.closest('.suggestions, .hidden, .skip'))
    .filter((element) => element.getBoundingClientRect().right > width + 1)
    .map((element) => `${element.tagName}.${element.className}`);
}

/** @returns the texts with a contrast to their background below 4.5. @see https://www.w3.org/TR/WCAG22/#contrast-minimum */
export function hardToRead() {
  const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  const rgba = (color) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = color;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const over = (top, below) => {
    const alpha = top[3] / 255;
    return [0, 1, 2].map((index) => top[index] * alpha + below[index] * (1 - alpha)).concat(255);
  };
  const ground = (element) => {
    if (!element) return [255, 255, 255, 255];
    const own = rgba(getComputedStyle(element).backgroundColor);
    return own[3] === 255 ? own : over(own, ground(element.parentElement));
  };
  const luminance = (color) => {
    const [red, green, blue] = color.map((value) => {
      const part = value / 255;
      return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const { parentElement: element, textContent } = walker.currentNode;
    if (!textContent.trim() || !element.checkVisibility({ visibilityProperty: true })) continue;
    if (element.closest('.hidden, .skip')) continue;
    const below = ground(element);
    const [one, other] = [over(rgba(getComputedStyle(element).color), below), below].map(luminance);
    const contrast = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
    if (contrast < 4.5) found.push(`${contrast.toFixed(2)} ${textContent.trim().slice(0, 40)}`);
  }
  return found;
}

/** @returns the controls without a name for screen readers */
export function nameless() {
  return [...document.querySelectorAll('button, input, textarea, a, fieldset')]
    .filter((element) => {
      const named = element.getAttribute('aria-label') ?? element.closest('label')?.textContent ?? element.textContent;
      return !named.trim();
    })
    .map((element) => element.outerHTML.slice(0, 80));
}

/** @returns the largest difference of a color channel between two PNGs in base64 */
export async function difference(pngs) {
  const [one, other] = await Promise.all(
    pngs.map(async (png) => {
      const bytes = Uint8Array.from(atob(png), (character) => character.charCodeAt(0));
      const bitmap = await createImageBitmap(new Blob([bytes], { type: 'image/png' }));
      const canvas = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d');
      canvas.drawImage(bitmap, 0, 0);
      return canvas.getImageData(0, 0, bitmap.width, bitmap.height).data;
    }),
  );
  return one.reduce((worst, value, index) => Math.max(worst, Math.abs(value - other[index])), 0);
}
