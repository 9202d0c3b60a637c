import { parseDevices } from '../../../src/config/schema.ts';
import { maskPhone } from '../../../src/phone.ts';
import { UpstreamRejectedError } from '../../../src/upstream/errors.ts';
import { type Check, defineCheck } from '../check.ts';
import { createFonnte, FONNTE_VARIABLES } from '../fonnte-client.ts';

const MESSAGE = 'Uji kirim dari layanan SAPA (npm run doctor). Pesan ini tidak perlu dibalas.';

/** Creates the check that sends a test message from the default device to `target` (digits, international). */
export function createSendCheck(target: string): Check {
  return defineCheck({
    id: 'send',
    group: 'FONNTE',
    title: 'Uji kirim',
    needs: FONNTE_VARIABLES,
    async run(context) {
      try {
        const [device] = parseDevices(context.config);
        if (!device) throw new Error('FONNTE_TOKEN has no device');
        await createFonnte(context, device).send({ target, message: MESSAGE, signal: context.signal });
      } catch (error) {
        if (!(error instanceof UpstreamRejectedError)) throw error;
        return [{ status: 'error', text: `Ditolak: ${error.reason}`, fix: 'Lihat docs/runbook/fonnte.md.' }];
      }
      return [
        { status: 'ok', text: `Diterima FONNTE untuk ${maskPhone(target)}. Pastikan pesan itu tiba di telepon.` },
      ];
    },
  });
}
