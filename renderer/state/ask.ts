import { create } from 'zustand';
import type { Failure } from '../../core/model/failure.ts';

/** A question before something is lost. */
export interface Asked {
  title: string;
  text: string;
  confirm: string;
  /** What the way back says; undefined: `Cancel`. */
  dismiss?: string;
  isDanger: boolean;
  answer(isConfirmed: boolean): void;
}

export interface Toast {
  id: number;
  variant: 'success' | 'danger' | 'info' | 'warning';
  title: string;
  text?: string;
  /** What can be done about it right here. */
  action?: { label: string; run(): void };
}

export const useAsk = create<{ asked: Asked | undefined; toasts: Toast[] }>(() => ({ asked: undefined, toasts: [] }));

/** Asks; resolves with what the person chose. */
export const confirm = (question: Omit<Asked, 'answer'>): Promise<boolean> =>
  new Promise(resolve =>
    useAsk.setState({
      asked: {
        ...question,
        answer: isConfirmed => {
          useAsk.setState({ asked: undefined });
          resolve(isConfirmed);
        },
      },
    }),
  );

let next = 1;
const SHOWN_MS = 8000;

export function tell(toast: Omit<Toast, 'id'>): void {
  const id = next++;
  useAsk.setState(({ toasts }) => ({ toasts: [...toasts.slice(-4), { ...toast, id }] }));
  if (toast.variant !== 'danger') setTimeout(() => dismiss(id), SHOWN_MS);
}

export const dismiss = (id: number): void =>
  useAsk.setState(({ toasts }) => ({ toasts: toasts.filter(toast => toast.id !== id) }));

/** Tells of a call that failed, with what to do about it. */
export const tellFailure = ({ message, hint }: Failure): void =>
  tell({ variant: 'danger', title: message, ...(hint === undefined ? {} : { text: hint }) });
