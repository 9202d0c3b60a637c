import type { AttachmentKind } from './chats.ts';
import type { Told } from './happening.ts';
import { type Actions, PageError } from './page-server.ts';
import type { Person } from './people.ts';
import type { ServiceProcess } from './service-process.ts';
import { SWITCHES, type Switches } from './switches.ts';
import type { Telephone } from './telephone.ts';

const ATTACHMENTS: readonly string[] = ['image', 'voice', 'location'] satisfies AttachmentKind[];

/** What the page's buttons do. */
export function createActions(options: {
  people: readonly Person[];
  telephone: Telephone;
  switches: Switches;
  service: ServiceProcess;
  tell: (told: Told) => void;
  /** Tells every open page that a switch was thrown. */
  tellSwitch: (thrown: { name: string; on: boolean }) => void;
}): Actions {
  const { people, telephone, switches, service, tell } = options;

  return {
    'POST /api/messages'({ phone, text, attachment }) {
      const person = people.find((one) => one.phone === phone);
      if (!person) throw new PageError(404, 'Nomor ini tidak ada di demo.');
      if (typeof attachment === 'string' && ATTACHMENTS.includes(attachment)) {
        return telephone.attach(person, attachment as AttachmentKind);
      }
      if (typeof text !== 'string' || text.trim() === '') throw new PageError(400, 'Pesannya kosong.');
      return telephone.write(person, text);
    },
    'POST /api/repeat'() {
      if (!telephone.repeatLast()) throw new PageError(409, 'Belum ada panggilan yang dapat diulang.');
    },
    async 'POST /api/switch'({ name, on }) {
      const thrown = SWITCHES.find((one) => one.name === name);
      if (!thrown) throw new PageError(404, 'Sakelar ini tidak ada.');
      const { upstream: source, label } = thrown;
      const isOn = on === true;
      tell({ source, title: `Sakelar ${label}: ${isOn ? 'nyala' : 'padam'}`, detail: thrown.about, tone: 'wait' });
      await switches.turn(thrown.name, isOn);
      options.tellSwitch({ name: thrown.name, on: isOn });
    },
    'POST /api/kill': () => service.kill(),
    async 'POST /api/start'() {
      try {
        await service.start();
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        tell({ source: 'demo', title: 'Layanan tidak dapat dihidupkan', detail: message, tone: 'bad' });
        throw new PageError(503, message);
      }
    },
  };
}
