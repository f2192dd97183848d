/** A text of ours in which commands stand between backticks. */
export function CodeText({ text }: { text: string }) {
  const parts = text.split('`');
  // An odd count of backticks is no markup of ours: it is shown as it stands.
  if (parts.length % 2 === 0) return text;
  return parts.map((part, index) =>
    // biome-ignore lint/suspicious/noArrayIndexKey: parts of one text have no other name
    index % 2 === 1 ? <code key={index}>{part}</code> : part,
  );
}
