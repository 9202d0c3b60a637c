import { byId, el } from './dom.js';

/**
 * Asks before an action that cannot be undone. `run` is the action; its error is shown in the dialog, which stays open.
 * `fields`: further controls above the buttons.
 */
export function confirmAction({ title, text, action, isDangerous = false, fields = [], run }) {
  const dialog = byId('confirm');
  const problem = el('p', { className: 'problem', role: 'alert' });
  const submit = el('button', { className: isDangerous ? 'danger' : 'primary' }, action);
  const form = el(
    'form',
    {
      async onsubmit(event) {
        event.preventDefault();
        submit.disabled = true;
        problem.textContent = '';
        try {
          await run(new FormData(form));
          dialog.close();
        } catch (error) {
          problem.textContent = error.message;
        } finally {
          submit.disabled = false;
        }
      },
    },
    el('h2', { id: 'confirm-title' }, title),
    el('p', {}, text),
    fields,
    problem,
    el(
      'div',
      { className: 'actions' },
      el('button', { type: 'button', onclick: () => dialog.close() }, 'Batal'),
      submit,
    ),
  );
  dialog.replaceChildren(form);
  dialog.showModal();
}
