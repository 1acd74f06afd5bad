import { LANGUAGES, learn } from '../src/logic/i18n';

/** Before every test file: both languages, as after they were chosen. */
await Promise.all(LANGUAGES.map(learn));
