import type { ShippingCalendar } from '../../src/domain/calendar';

/** A shop that ships Monday to Friday: in by noon, out the next working day, there the day after. */
export const calendar = (change: Partial<ShippingCalendar> = {}): ShippingCalendar => ({
  shippingCutoff: '12:00',
  shippingLeadDays: 1,
  transitDays: 1,
  closedWeekdays: [0, 6],
  closedOnPublicHolidays: true,
  closedDays: [],
  ...change,
});
