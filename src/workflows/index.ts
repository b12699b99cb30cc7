/** The workflows that a worker offers; their names are the workflow types. */
export { order } from './order';
export { orderAfter } from './order-after';
export { sync } from './sync';
