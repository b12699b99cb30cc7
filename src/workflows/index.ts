/** The workflows that a worker offers; their names are the workflow types. */
export { credential } from './credential';
export { fileImport } from './file-import';
export { importRange as import } from './import';
export { order } from './order';
export { orderAfter } from './order-after';
export { readListings } from './read-listings';
export { reconcileStock } from './reconcile-stock';
export { sync } from './sync';
export { testConnection } from './test-connection';
