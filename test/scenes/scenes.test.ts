import { addressChange } from './address-change';
import { automaticConfirmation } from './automatic-confirmation';
import { cancellations } from './cancellations';
import { doublePost } from './double-post';
import { keyRenewal } from './key-renewal';
import { killedWorker } from './killed-worker';
import { outage } from './outage';
import { partialShipments } from './partial-shipments';
import { remarks } from './remarks';
import { reservations } from './reservations';
import { useStage } from './scene';
import { shippedByHand } from './shipped-by-hand';
import { stock } from './stock';
import { unlinkedSku } from './unlinked-sku';
import { unpaidGift } from './unpaid-gift';

/**
 * Acceptance scenes against the real processes: a supervisor with PostgreSQL, Temporal, worker, API and sandbox. Each has
 * a shop of its own; each is told from outside, over HTTP, and judged by the books of the sandbox and what the API shows.
 */
describe('scenes', () => {
  const stage = useStage();
  addressChange(stage);
  cancellations(stage);
  shippedByHand(stage);
  partialShipments(stage);
  automaticConfirmation(stage);
  unlinkedSku(stage);
  stock(stage);
  remarks(stage);
  reservations(stage);
  unpaidGift(stage);
  doublePost(stage);
  keyRenewal(stage);
  outage(stage);
  killedWorker(stage);
});
