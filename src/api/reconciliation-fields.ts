import { z } from 'zod';
import { CAUSE_CODES, FIX_DIRECTIONS } from '../domain/reconciliation';
import { instant, line, lineOrNothing, shopId } from './fields';
import { withoutRepeats } from './list-checks';

/** Rakuten's pair, as links name it. */
const Pair = z.strictObject({
  manageNumber: line(255).toLowerCase().meta({ description: '商品管理番号, in lower case' }),
  variantId: lineOrNothing(255).meta({ description: 'SKU管理番号' }),
});

/** What a list of pairs remembers of a page's last row. */
export const PairPosition = z.strictObject({ manageNumber: z.string(), variantId: z.string() });

/** A code, and what it says. */
export const Told = z.strictObject({ code: z.string(), text: z.string() });

/** The path of one reconciliation. */
export const ReconciliationPath = z.strictObject({ shopId, reconciliationId: z.uuid() });

/** What the list of reconciliations remembers of a page's last row. */
export const ReconciliationPosition = z.strictObject({ createdAt: instant, reconciliationId: z.uuid() });

/** A reconciliation as it is shown. */
export const ReconciliationView = z
  .strictObject({
    reconciliationId: z.uuid(),
    shopId: z.string(),
    state: z.enum(['running', 'done', 'failed', 'cancelled']),
    percent: z.int().meta({ description: 'How many of the links were compared' }),
    pairs: z.int().meta({ description: 'Links of the shop when it began' }),
    compared: z.int(),
    differing: z.int().meta({
      description: 'While it runs: so far, before those that differ are compared once more',
    }),
    unbalanced: z.int().meta({
      description:
        'Balances that are not the sum of their movements, of all shops and a hundred at most: a fault of ours',
    }),
    failure: Told.nullable().meta({ description: 'Why it failed, or what it waits for at the moment' }),
    requestedBy: z.string(),
    createdAt: instant,
    finishedAt: instant.nullable(),
    workflow: z.strictObject({ workflowId: z.string(), url: z.string() }),
  })
  .meta({ id: 'StockReconciliation' });

/** One reconciliation with what it found. */
export const ReconciliationDetail = ReconciliationView.extend({
  causes: z.record(z.string(), z.int()).meta({
    description: 'How many differences have each cause; one with several counts for each',
  }),
}).meta({ id: 'StockReconciliationDetail' });

/** A difference as it is shown. */
export const DifferenceView = z
  .strictObject({
    manageNumber: z.string(),
    variantId: z.string(),
    skuCode: z.string(),
    theirs: z.int().nullable().meta({ description: 'What Rakuten showed; null: it has no record' }),
    ours: z
      .int()
      .nullable()
      .meta({ description: 'What can be sold; null: a SKU of it has no opening balance' }),
    difference: z.int().nullable().meta({ description: 'Theirs less ours; null where one of them is' }),
    causes: z.array(
      Told.extend({
        units: z.int().optional(),
        orderNumbers: z.array(z.string()).optional(),
        rakutenCode: z.string().optional(),
      }),
    ),
    at: instant.meta({ description: 'When it was compared last' }),
    fix: z.enum(FIX_DIRECTIONS).nullable().meta({ description: 'What was asked for to mend it' }),
    fixedBy: z.string().nullable(),
  })
  .meta({ id: 'StockDifference' });

/** The query of a list of differences. */
export const DIFFERENCES_OF = { cause: z.enum(CAUSE_CODES).optional() };

/** Which differences are to be mended, and how. */
export const Fix = z
  .strictObject({
    direction: z.enum(FIX_DIRECTIONS).meta({
      description: '`publish`: ours becomes Rakuten’s number; `adopt`: Rakuten’s number becomes ours',
    }),
    pairs: z
      .array(Pair)
      .min(1)
      .max(1000)
      .superRefine(withoutRepeats((pair) => `${pair.manageNumber}/${pair.variantId}`, 'variantId'))
      .optional()
      .meta({ description: 'Absent: everything that differed' }),
  })
  .meta({ id: 'StockFix' });

/** When what was asked for is done. */
export const When = Told.meta({
  description:
    '`next_cycle`: with the next synchronisation, by itself; `next_sync`: automaticOrderIntegration is off, so with the next POST …/sync',
});

/** What became of asking for differences to be mended. */
export const FixView = z
  .strictObject({
    asked: z.int().meta({ description: 'Pairs that the next synchronisation brings together' }),
    left: z
      .array(z.strictObject({ pair: PairPosition, code: z.string(), message: z.string() }))
      .meta({ description: 'Pairs that are left as they are, the first thousand' }),
    leftCount: z.int(),
    when: When,
  })
  .meta({ id: 'StockFixResult' });
