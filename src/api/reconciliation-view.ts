import type { z } from 'zod';
import { percentCompared } from '../domain/reconciliation';
import { isTextCode, type Language, say } from '../domain/texts';
import type { Difference } from '../store/differences';
import { countCauses } from '../store/differences';
import type { Reconciliation } from '../store/reconciliations';
import { reconciliationWorkflowId, workflowUrl } from '../temporal/ids';
import type { Deps } from './deps';
import { failureOf } from './failure-text';
import type { DifferenceView, ReconciliationDetail, ReconciliationView } from './reconciliation-fields';
import { USUAL_UI } from './show-order';

/** A reconciliation as it is shown. */
export const viewOf = (
  { config }: Deps,
  { manageNumber: _, variantId: __, failure, createdAt, finishedAt, ...row }: Reconciliation,
  language: Language,
): z.input<typeof ReconciliationView> => {
  const workflowId = reconciliationWorkflowId(row.shopId);
  return {
    ...row,
    percent: percentCompared(row.compared, row.pairs, row.state === 'done'),
    failure: failure === null ? null : failureOf('reconciliation', failure, language),
    createdAt: createdAt.toISOString(),
    finishedAt: finishedAt?.toISOString() ?? null,
    workflow: {
      workflowId,
      url: workflowUrl(config.temporalUiUrl ?? USUAL_UI, config.temporal.namespace, workflowId),
    },
  };
};

/** A reconciliation with how often each cause was found. */
export const detailOf = async (
  deps: Deps,
  row: Reconciliation,
  language: Language,
): Promise<z.input<typeof ReconciliationDetail>> => ({
  ...viewOf(deps, row, language),
  causes: await countCauses(deps.db, row.reconciliationId),
});

/** A difference as it is shown, its causes in words. */
export const differenceOf = (
  { reconciliationId: _, causes, at, ...row }: Difference,
  language: Language,
): z.input<typeof DifferenceView> => ({
  ...row,
  difference: row.theirs === null || row.ours === null ? null : row.theirs - row.ours,
  causes: causes.map((cause) => {
    const { orderNumbers, ...shown } = cause;
    const params = { ...shown, orders: orderNumbers?.join(', ') ?? '' };
    const code = `difference.${cause.code}`;
    const told = { ...shown, text: isTextCode(code) ? say(language, code, params) : cause.code };
    return orderNumbers === undefined ? told : { ...told, orderNumbers: [...orderNumbers] };
  }),
  at: at.toISOString(),
});
