import { mount } from 'svelte';
import './tokens.css';
import './base.css';
import { learn } from './logic/i18n';
import App from './ui/App.svelte';
import { desk } from './ui/desk.svelte';

const target = document.getElementById('app');
if (target === null) throw new Error('index.html has no #app');
// Without words there is nothing to say but what the browser says.
learn(desk.language).then(
  () => mount(App, { target }),
  (error: unknown) => (target.textContent = `✕ GridOps: ${String(error)}`),
);
