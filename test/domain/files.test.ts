import fc from 'fast-check';
import { cyclicEdges, FILE_ERRORS } from '../../src/domain/files';
import { explode } from '../../src/domain/stock';
import { isTextCode } from '../../src/domain/texts';

const code = fc.constantFrom(...'ABCDEFG');
const edges = fc.array(fc.record({ setCode: code, skuCode: code }), { maxLength: 14 });

test('edges on a cycle are found exactly where sets cannot be taken apart', () => {
  fc.assert(
    fc.property(edges, (all) => {
      const parts = (set: string) =>
        all.filter(({ setCode }) => setCode === set).map(({ skuCode }) => ({ skuCode, quantity: 1 }));
      const explodes = all.every(({ setCode }) => {
        try {
          return explode(setCode, 1, parts).length > 0;
        } catch {
          return false;
        }
      });
      expect(cyclicEdges(all).length === 0).toBe(explodes);
    }),
    { numRuns: 500 },
  );
});

test('sets that only lead to a cycle, or come after one, are not named', () => {
  const edge = (setCode: string, skuCode: string) => ({ setCode, skuCode });
  const cycle = [edge('B', 'C'), edge('C', 'B')];
  expect(cyclicEdges([edge('A', 'B'), ...cycle, edge('C', 'D')])).toEqual(cycle);
});

test.each(FILE_ERRORS)('%s has a wording', (error) => {
  expect(isTextCode(`file.${error}`)).toBe(true);
});
