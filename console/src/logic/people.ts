import type { Role } from './contract';

export const ROLES: Role[] = ['viewer', 'dispatcher', 'shift_lead', 'engineer', 'admin'];

/** `list` with `one` if it was not there, without if it was. */
export const toggled = (list: string[], one: string): string[] =>
  list.includes(one) ? list.filter((other) => other !== one) : [...list, one];
