import { Button, Modal, ModalBody, ModalFooter, ModalHeader } from '@patternfly/react-core';
import { useAsk } from '../state/ask.ts';

/** The question before something is lost. */
export function AskDialog() {
  const asked = useAsk(state => state.asked);
  if (!asked) return null;
  const { title, text, confirm, dismiss = 'Cancel', isDanger, answer } = asked;
  return (
    <Modal
      isOpen
      variant="small"
      onClose={() => answer(false)}
      aria-labelledby="ask-title"
      aria-describedby="ask-text"
      elementToFocus={isDanger ? '#ask-dismiss' : '#ask-confirm'}
    >
      <ModalHeader title={title} labelId="ask-title" {...(isDanger ? { titleIconVariant: 'warning' as const } : {})} />
      <ModalBody id="ask-text">{text}</ModalBody>
      <ModalFooter>
        <Button id="ask-confirm" variant={isDanger ? 'danger' : 'primary'} onClick={() => answer(true)}>
          {confirm}
        </Button>
        <Button id="ask-dismiss" variant="link" onClick={() => answer(false)}>
          {dismiss}
        </Button>
      </ModalFooter>
    </Modal>
  );
}
