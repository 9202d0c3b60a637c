import { texts } from '../../src/texts.ts';

const [UNAVAILABLE = ''] = texts.unavailable.split('\n');

/** Returns whether a message announces that the reply takes time. Such a message is no reply. */
export function isProgressNotice(message: string): boolean {
  return message === texts.wait || message.startsWith(UNAVAILABLE);
}
