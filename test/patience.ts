/**
 * How long a test may take that waits for real machines, in ms: it ends what hangs. No speed is tested by it, as a host
 * that is busy with other work takes many times what a quiet one does. Promises of time are tested by what events say.
 */
export const SLOW = 600_000;
/** How long one sign of a machine is waited for: a prompt, what a key does, its end. */
export const PATIENCE = 120_000;
/** The tiny recipe's `ssh_timeout`, in ms: what is told sooner was recognised, and did not end with a blind limit. */
export const BLIND_LIMIT = 300_000;
