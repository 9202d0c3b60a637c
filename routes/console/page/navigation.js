/** Marks the link of the section that is being read. */
export function markCurrentSection() {
  const links = [...document.querySelectorAll('nav a')];
  const visible = new Set();
  const observer = new IntersectionObserver(
    (changes) => {
      for (const { target, isIntersecting } of changes) {
        if (isIntersecting) visible.add(target.id);
        else visible.delete(target.id);
      }
      const current = links.find(({ hash }) => visible.has(hash.slice(1)));
      for (const link of links) {
        if (link === current) link.setAttribute('aria-current', 'true');
        else link.removeAttribute('aria-current');
      }
    },
    // The upper part of the window, below the header of a phone.
    { rootMargin: '-120px 0px -60% 0px' },
  );
  for (const section of document.querySelectorAll('main > section')) observer.observe(section);
}
