import { type Figure, lines } from './figures';
import { step } from './report';
import { type Servers, withServers } from './servers';

/** The parts of a benchmark by name, each of which can be measured alone. */
export type Parts<Sizes> = Readonly<Record<string, (servers: Servers, sizes: Sizes) => Promise<Figure[]>>>;

/** Measures all parts on the same servers, or the one that is named. @throws Error for a name that no part has */
export async function measureParts<Sizes>(
  parts: Parts<Sizes>,
  only: string | undefined,
  sizes: Sizes,
): Promise<Figure[]> {
  const chosen = Object.entries(parts).filter(([name]) => only === undefined || name === only);
  if (chosen.length === 0) throw new Error(`--only takes one of: ${Object.keys(parts).join(', ')}`);
  return withServers(async (servers) => {
    const figures: Figure[] = [];
    for (const [name, measure] of chosen) {
      step(name);
      const own = await measure(servers, sizes);
      for (const line of lines(own)) console.log(line);
      figures.push(...own);
    }
    return figures;
  });
}
