/** What every sealed value is bound to: where it stands. A value opens at its own place alone. */
import type { OrderRef } from '../domain/order';

/** A part of a shop's key at Rakuten. */
export const credentialPlace = (shopId: string, field: 'serviceSecret' | 'licenseKey'): string =>
  `shop/${shopId}/${field}`;

/** What signs a shop's alerts. */
export const alertSecretPlace = (shopId: string): string => `shop/${shopId}/alertSecret`;

/** The whole of what Rakuten said about an order. */
export const snapshotPlace = ({ shopId, orderNumber }: OrderRef): string => `order/${shopId}/${orderNumber}`;

/** A value of an order before or after a change. */
export const changePlace = ({ shopId, orderNumber }: OrderRef, field: string): string =>
  `change/${shopId}/${orderNumber}/${field}`;

/** An answer that is kept for a repeat. `scope` is a hash of who asked for what. */
export const answerPlace = (scope: string): string => scope;
