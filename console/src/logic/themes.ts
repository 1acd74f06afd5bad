/** Site themes; `tokens.css` has their colours. `grey` tells a switch by its shape alone. */
export const THEMES = ['grey', 'closed-red', 'closed-green', 'projector'] as const;
export type Theme = (typeof THEMES)[number];
