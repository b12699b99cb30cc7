/** One value of a metric. */
export interface Sample {
  /** What follows the metric's name: `_bucket`, `_sum` and `_count` of a histogram. */
  readonly suffix?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A metric whose values are kept elsewhere than in this process. */
export interface Family {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly samples: readonly Sample[];
}

const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '"': '\\"' };
const quoted = (text: string): string => `"${text.replace(/[\\\n"]/g, (found) => ESCAPES[found] ?? found)}"`;

/** Metrics in Prometheus' text format 0.0.4. */
export const exposition = (families: readonly Family[]): string =>
  families
    .flatMap(({ name, help, type, samples }) => [
      `# HELP ${name} ${help}`,
      `# TYPE ${name} ${type}`,
      ...samples.map(({ suffix = '', labels, value }) => {
        const pairs = Object.entries(labels).map(([label, text]) => `${label}=${quoted(text)}`);
        return `${name}${suffix}{${pairs.join(',')}} ${value}`;
      }),
    ])
    .map((line) => `${line}\n`)
    .join('');
