/** What people and programs may do, the least first: look; carry orders and stock; keys, settings and access. */
export const ROLES = ['viewer', 'operator', 'administrator'] as const;
export type Role = (typeof ROLES)[number];

/** Whether whoever has a role may do what needs another. */
export const includes = (role: Role, needed: Role): boolean => ROLES.indexOf(role) >= ROLES.indexOf(needed);
