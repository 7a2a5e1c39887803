import './style.css';
import { render } from 'preact';
import { App } from './app.tsx';
import { Store } from './store.ts';
import { StoreContext } from './use-store.ts';

const store = new Store();
const words = new URLSearchParams(location.search);
void store.start(words.get('inbox') ?? '', words.get('q') ?? '');
render(
  <StoreContext.Provider value={store}>
    <App />
  </StoreContext.Provider>,
  document.body,
);
