/** What each key does, by its name in `KeyboardEvent.key`. */
export type Keys = Record<string, () => void>;

/** Acts for a key that has a meaning here, and keeps the browser from its own. With Ctrl, Alt or Meta
 * it is the browser's. */
export function onKey(keys: Keys, event: KeyboardEvent): void {
  const act = keys[event.key];
  if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  act();
}
