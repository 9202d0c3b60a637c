import { call } from './api.js';
import { byId } from './dom.js';
import { readablePhone } from './format.js';

/** The form of a manual send. @returns a function that fills in the number and the device of a conversation */
export function createSend() {
  const form = byId('send-form');
  const target = byId('target');
  const message = byId('message');
  const button = byId('send-button');
  const result = byId('send-result');
  /** The same text to the same number is the same send, however often the button is pressed until it was accepted. */
  let key = newKey();
  /** The number of our device; undefined: the first. */
  let device;
  target.addEventListener('input', () => setDevice(undefined));
  form.addEventListener('input', () => {
    key = newKey();
  });

  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    button.disabled = true;
    show('Mengirim …', '');
    try {
      const body = { target: target.value, message: message.value, device };
      const sent = await call('POST', 'api/whatsapp/send', { body, headers: { 'idempotency-key': key } });
      show(`Diterima FONNTE untuk ${readablePhone(sent.target)}.`, 'good');
      message.value = '';
      key = newKey();
    } catch (error) {
      show([error.message, error.reason].filter(Boolean).join(' Alasan: '), 'bad');
      // A rejected message was not sent: the next attempt is a new send.
      if (error.code.startsWith('FONNTE_')) key = newKey();
    } finally {
      button.disabled = false;
    }
  });

  function setDevice(next) {
    device = next;
    byId('send-device').textContent = device ? `Lewat perangkat ${readablePhone(device)}.` : '';
  }

  function show(text, tone) {
    result.textContent = text;
    result.dataset.tone = tone;
  }

  return (conversation) => {
    target.value = conversation.phone;
    setDevice(conversation.device);
    key = newKey();
    byId('send').scrollIntoView();
    message.focus();
  };
}

/** `crypto.randomUUID` is missing on a page over plain HTTP. */
function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
