import type { z } from 'zod';
import type { OrderRef } from '../domain/order';
import { isTextCode, type Language, say } from '../domain/texts';
import { callsOfOrder } from '../store/call-log';
import type { Queryable } from '../store/database';
import { linesOfOrder } from '../store/timeline';
import { callText } from './call-text';
import type { OrderView } from './order-view';

type Line = z.input<typeof OrderView>['timeline'][number];

/** Older requests are found in the request log. */
const CALLS_SHOWN = 200;

/** What happened to an order and the newest requests to Rakuten that were about it, oldest first. */
export const timelineOf = async (
  db: Queryable,
  ref: OrderRef,
  language: Language,
  urlOf: (workflowId: string, runId: string) => string,
): Promise<Line[]> => {
  const [lines, calls] = await Promise.all([linesOfOrder(db, ref), callsOfOrder(db, ref, CALLS_SHOWN)]);
  return merged(
    lines.map(({ at, code, params, actor, workflowId, runId, activity }) => ({
      at: at.toISOString(),
      code,
      text: isTextCode(code) ? say(language, code, params) : code,
      actor,
      params,
      workflow:
        workflowId === null || runId === null || activity === null
          ? null
          : { workflowId, runId, activity, url: urlOf(workflowId, runId) },
    })),
    calls.map((call) => ({
      at: call.at.toISOString(),
      code: 'rms.call',
      text: callText(language, call),
      actor: 'okuri',
      params: { operation: call.operation, outcome: call.outcome },
      workflow: null,
    })),
  );
};

/** Both lists keep their own order: that of lines is the one in which they were written, whatever their clocks said. */
const merged = (lines: readonly Line[], calls: readonly Line[]): Line[] => {
  const result: Line[] = [];
  let next = 0;
  for (const line of lines) {
    for (let call = calls[next]; call !== undefined && call.at <= line.at; call = calls[next]) {
      result.push(call);
      next += 1;
    }
    result.push(line);
  }
  return [...result, ...calls.slice(next)];
};
