import { getContext, setContext } from 'svelte';
import type { Incident } from '../logic/contract';
import { desk } from './desk.svelte';

/** What a diagram and a card are of: the field as it is, a moment that is over, or a study. */
export type Scene = {
  readonly kind: 'live' | 'replay' | 'study';
  /** Its own now, by which ages are reckoned. */
  readonly now: number;
  /** The one whose steps stand on the diagram. */
  readonly incident: Incident | null;
};

const KEY = Symbol('scene');
const LIVE: Scene = {
  kind: 'live',
  get now() {
    return desk.serverNow;
  },
  get incident() {
    return desk.incident;
  },
};

/** Everything below this component is of `scene`. */
export const setScene = (scene: Scene): Scene => setContext(KEY, scene);
/** Live, unless something above says otherwise. */
export const sceneHere = (): Scene => getContext<Scene | undefined>(KEY) ?? LIVE;
