import type { RequestHandler, Response } from 'express';

/** When a request arrived: the real time, and the moment on the process's monotonic clock in milliseconds. */
export interface Arrival {
  readonly at: Date;
  readonly arrivedAt: number;
}

/** Notes the arrival before anything else happens, so that limits are judged by it and not by our own delays. */
export const noteArrival: RequestHandler = (_req, res, next) => {
  const arrival: Arrival = { at: new Date(), arrivedAt: performance.now() };
  res.locals.arrival = arrival;
  next();
};

/** The arrival that {@link noteArrival} noted. */
export const arrivalOf = (res: Response): Arrival => res.locals.arrival as Arrival;
