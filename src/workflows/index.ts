/** The workflows that a worker offers; their names are the workflow types. */
export { order } from './order';
export { sync } from './sync';
