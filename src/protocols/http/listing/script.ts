/**
 * The listing's one script, inline, allowed by its hash. Without it everything still works by links and forms: it only
 * makes search and sort immediate, moves with the keyboard, and uploads one by one with progress.
 */
export const SCRIPT = `
(() => {
'use strict';
const $ = (selector) => document.querySelector(selector);
const body = $('tbody');
const search = $('#q');
const status = $('#status');
const whole = $('#whole') !== null;
const rows = body ? [...body.rows] : [];
const fold = (text) => text.toLowerCase().normalize('NFD').replace(/\\p{M}/gu, '');
const names = rows.map((row) => fold(row.dataset.n));
const visible = () => [...body.rows].filter((row) => !row.hidden);
const link = (row) => row && row.querySelector('a');

const time = new Intl.DateTimeFormat(undefined, { year: 'numeric', month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit' });
for (const each of document.querySelectorAll('time')) each.textContent = time.format(new Date(each.dateTime));

const summary = status ? status.textContent : '';
const filter = () => {
  const wanted = fold(search.value.trim());
  let count = 0;
  rows.forEach((row, at) => {
    row.hidden = !names[at].includes(wanted);
    if (!row.hidden) count += 1;
  });
  status.textContent = wanted === '' ? summary : count + ' of ' + rows.length + (rows.length === 1 ? ' entry' : ' entries');
  $('#nothing').hidden = count > 0;
};
if (whole && search && body) {
  search.addEventListener('input', filter);
  search.form.addEventListener('submit', (event) => {
    event.preventDefault();
    const first = link(visible()[0]);
    if (first) first.click();
  });
  if (search.value !== '') filter();
}

if (whole && body) {
  const { compare } = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' });
  const by = {
    name: () => 0,
    size: (a, b) => a.dataset.s - b.dataset.s,
    time: (a, b) => a.dataset.t - b.dataset.t,
  };
  const sort = (key, down) => {
    const sign = down ? -1 : 1;
    body.append(...[...rows].sort((a, b) =>
      b.classList.contains('dir') - a.classList.contains('dir')
      || sign * (by[key](a, b) || compare(a.dataset.n, b.dataset.n))));
  };
  $('thead').addEventListener('click', (event) => {
    const anchor = event.target.closest('a');
    if (!anchor || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const head = anchor.closest('th');
    const down = head.getAttribute('aria-sort') === 'ascending';
    for (const other of head.parentNode.children) other.removeAttribute('aria-sort');
    head.setAttribute('aria-sort', down ? 'descending' : 'ascending');
    sort(head.dataset.by, down);
    const address = new URL(location.href);
    address.searchParams.set('sort', head.dataset.by);
    address.searchParams.set('order', down ? 'desc' : 'asc');
    history.replaceState(null, '', address);
  });
}

document.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  const target = event.target;
  const typing = target === search;
  if (!typing && target.matches('input,button,textarea,select')) return;
  const seen = body ? visible() : [];
  const at = seen.findIndex((row) => row.contains(document.activeElement));
  const go = (to) => {
    const next = link(seen[Math.max(0, Math.min(seen.length - 1, to))]);
    if (!next) return;
    event.preventDefault();
    next.focus();
    next.closest('tr').scrollIntoView({ block: 'nearest' });
  };
  const { key } = event;
  if (key === 'ArrowDown') go(typing ? 0 : at + 1);
  else if (key === 'ArrowUp' && !typing) {
    if (at <= 0) { event.preventDefault(); search.focus(); } else go(at - 1);
  } else if (key === 'Home' && !typing) go(0);
  else if (key === 'End' && !typing) go(seen.length - 1);
  else if (key === '/' && !typing) { event.preventDefault(); search.focus(); search.select(); }
  else if (key === 'Escape' && typing) {
    if (search.value === '') search.blur();
    search.value = '';
    if (whole && body) filter();
  } else if (key === 'Backspace' && !typing) {
    const up = $('a[rel=up]');
    if (up) { event.preventDefault(); up.click(); }
  }
});

const form = $('#send');
if (form) {
  const input = form.elements.file;
  const queue = $('#queue');
  form.hidden = true;
  $('#choose').hidden = false;
  $('#choose').addEventListener('click', () => input.click());
  const put = (file, item, over) => new Promise((done) => {
    const bar = item.querySelector('progress');
    const word = item.querySelector('span');
    const request = new XMLHttpRequest();
    request.open('PUT', './' + encodeURIComponent(file.name));
    if (!over) request.setRequestHeader('If-None-Match', '*');
    request.upload.onprogress = ({ loaded, total }) => { bar.max = total || 1; bar.value = loaded; };
    request.onloadend = () => {
      const { status: code } = request;
      bar.hidden = true;
      if (code === 201 || code === 204) { word.textContent = 'Uploaded'; word.className = 'good'; return done(true); }
      word.className = 'bad';
      word.textContent = code === 412 ? 'There is a file of this name' : code === 0 ? 'The connection broke'
        : code === 413 ? 'Too large' : code === 507 ? 'No space left' : 'Refused (' + code + ')';
      const again = document.createElement('button');
      again.className = 'act';
      again.type = 'button';
      again.textContent = code === 412 ? 'Replace it' : 'Try again';
      again.onclick = () => { again.remove(); begin(file, item, code === 412 || over).then((fine) => fine && location.reload()); };
      item.append(again);
      done(false);
    };
    request.send(file);
  });
  const begin = (file, item, over) => {
    item.querySelector('span').textContent = '';
    item.querySelector('progress').hidden = false;
    return put(file, item, over);
  };
  const send = async (files) => {
    if (files.length === 0) return;
    queue.hidden = false;
    const items = files.map((file) => {
      const item = document.createElement('li');
      const name = document.createElement('bdi');
      name.textContent = file.name;
      item.append(name, document.createElement('progress'), document.createElement('span'));
      queue.append(item);
      return item;
    });
    let fine = true;
    for (const [at, file] of files.entries()) fine = (await begin(file, items[at], false)) && fine;
    if (fine) location.reload();
  };
  input.addEventListener('change', () => send([...input.files]));
  let depth = 0;
  const carries = (event) => event.dataTransfer && [...event.dataTransfer.types].includes('Files');
  addEventListener('dragenter', (event) => { if (carries(event)) { depth += 1; document.body.classList.add('drop'); } });
  addEventListener('dragleave', (event) => { if (carries(event) && --depth <= 0) document.body.classList.remove('drop'); });
  addEventListener('dragover', (event) => { if (carries(event)) event.preventDefault(); });
  addEventListener('drop', (event) => {
    if (!carries(event)) return;
    event.preventDefault();
    depth = 0;
    document.body.classList.remove('drop');
    const items = [...event.dataTransfer.items].filter((item) => item.kind === 'file');
    send(items.filter((item) => !(item.webkitGetAsEntry && item.webkitGetAsEntry()?.isDirectory)).map((item) => item.getAsFile()));
  });
}
})();
`;
