/** The workflows that a worker offers; their names are the workflow types. */
export { importRange as import } from './import';
export { order } from './order';
export { sync } from './sync';
