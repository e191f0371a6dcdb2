/** A client in a page. It gets its task from the program, and tells it the same figures as the other clients. */
import { methodsOf } from '../methods.js';
import { train } from '../train.js';

const status = document.querySelector('[role=status]');
const rows = document.querySelector('tbody');

const post = (path, value = null) => fetch(path, { method: 'POST', body: JSON.stringify(value) });

/** It is there as soon as the server runs. */
async function fetchTask() {
  for (;;) {
    const response = await fetch('/task');
    if (response.ok) return response.json();
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
}

function show(settings, { method, step, loss, accuracy }) {
  const { name } = methodsOf(settings).find(({ id }) => id === method);
  const row = rows.querySelector(`[data-method=${method}]`) ?? rows.insertRow();
  row.dataset.method = method;
  row.replaceChildren(
    ...[name, `${step} of ${settings.steps}`, loss.toFixed(3), `${(100 * accuracy).toFixed(1)} %`].map((content) =>
      Object.assign(document.createElement('td'), { textContent: content }),
    ),
  );
}

try {
  await post('/opened');
  const task = await fetchTask();
  status.textContent = `This page is client ${task.number + 1} of ${task.settings.clients}. Keep it open and in front.`;
  const tell = async (figures) => {
    show(task.settings, figures);
    await post('/figures', figures);
  };
  await train({ ...task, tell });
  status.textContent = 'Done. The results are in the terminal.';
  await post('/done');
} catch (error) {
  status.textContent = error.message;
  await post('/failed', error.message);
}
