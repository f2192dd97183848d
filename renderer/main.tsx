import '@patternfly/react-core/dist/styles/base.css';
import './styles.css';
import { createRoot } from 'react-dom/client';
import { App } from './app.tsx';
import { keepConnected } from './link/engine.ts';
import './state/theme.ts';
import './state/lab.ts';

const root = document.getElementById('root');
if (root) createRoot(root).render(<App />);
void keepConnected();
