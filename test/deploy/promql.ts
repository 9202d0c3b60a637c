/** One time series of an exposition. */
export interface Series {
  name: string;
  labels: ReadonlyMap<string, string>;
}

/** The metrics of a service: declared names, including the parts of histograms, and time series. */
export interface Exposition {
  names: ReadonlySet<string>;
  series: readonly Series[];
}

/** Parses the Prometheus text format. @see https://prometheus.io/docs/instrumenting/exposition_formats/ */
export function readExposition(text: string): Exposition {
  const types = [...text.matchAll(/^# TYPE (\w+) (\w+)$/gm)];
  const names = types.flatMap(([, name = '', type]) =>
    type === 'histogram' ? [`${name}_bucket`, `${name}_count`, `${name}_sum`] : [name],
  );
  const series = [...text.matchAll(/^(\w+)(?:\{(.*)\})? \S+$/gm)].map(([, name = '', labels = '']) => ({
    name,
    labels: new Map([...labels.matchAll(/(\w+)="([^"]*)"/g)].map(([, label = '', value = '']) => [label, value])),
  }));
  return { names: new Set(names), series };
}

export interface Selector {
  name: string;
  matchers: { label: string; operator: string; value: string }[];
}

/** @returns the selectors of a PromQL expression on metrics of the service */
export function selectorsOf(expression: string): Selector[] {
  return [...expression.matchAll(/\b(sapa_\w+)(?:\{([^}]*)\})?/g)].map(([, name = '', matchers = '']) => ({
    name,
    matchers: [...matchers.matchAll(/(\w+)\s*(=~|!~|!=|=)\s*"([^"]*)"/g)].map(
      ([, label = '', operator = '', value = '']) => ({ label, operator, value }),
    ),
  }));
}

/** @returns the missing name, labels or values of a selector; null if all exist */
export function missingIn({ names, series }: Exposition, { name, matchers }: Selector): string | null {
  if (!names.has(name)) return name;
  const own = series.filter((one) => one.name === name);
  const has = (labels: Series['labels'], label: string, value: string) =>
    new RegExp(`^(?:${value})$`).test(labels.get(label) ?? '');
  const wanted = matchers.filter(({ operator }) => operator.startsWith('='));
  const meant = own.some(({ labels }) => wanted.every(({ label, value }) => has(labels, label, value)));
  if (wanted.length > 0 && !meant) return `${name}{${wanted.map(({ label, value }) => `${label}="${value}"`)}}`;
  // Excluded values must also exist: a misspelled exclusion has no effect.
  const others = matchers.filter(({ operator }) => operator.startsWith('!'));
  const excluded = others.flatMap(({ label, value }) => value.split('|').map((choice) => ({ label, choice })));
  const misspelled = excluded.find(({ label, choice }) => !own.some(({ labels }) => has(labels, label, choice)));
  return misspelled ? `${name}{${misspelled.label}="${misspelled.choice}"}` : null;
}
