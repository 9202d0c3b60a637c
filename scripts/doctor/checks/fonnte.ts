import { type Config, type DeviceToken, parseDevices, parseList } from '../../../src/config/schema.ts';
import type { DeviceProfile } from '../../../src/fonnte/device-profile.ts';
import { maskPhone, normalizePhone } from '../../../src/phone.ts';
import { UpstreamRejectedError } from '../../../src/upstream/errors.ts';
import { type Context, defineCheck, type Finding } from '../check.ts';
import { describeFailure } from '../describe-failure.ts';
import { createFonnte, FONNTE_VARIABLES } from '../fonnte-client.ts';
import { describeWebhook } from '../webhook-url.ts';

/** Packages whose webhook calls contain the address of an attached file. */
const PACKAGES_WITH_FILES = ['super', 'advanced', 'ultra'];
const DAY_MS = 24 * 60 * 60 * 1000;
/** Days before the end of the package from which it is a warning, as the service's own alert. */
const PACKAGE_WARNING_DAYS = 7;

/** Token, device, package and quota of each FONNTE device, from one request to its device endpoint, which is limited. */
export const fonnte = defineCheck({
  id: 'fonnte',
  group: 'FONNTE',
  title: 'Token',
  needs: FONNTE_VARIABLES,
  async run(context) {
    const devices = parseDevices(context.config);
    const findings = await Promise.all(devices.map((device) => checkDevice(context, device)));
    if (devices.every(({ number }) => number === null)) return findings.flat();
    return findings.flatMap((ofDevice, index) =>
      ofDevice.map(({ title = 'Token', ...finding }) => ({ title: `${title}, perangkat ke-${index + 1}`, ...finding })),
    );
  },
});

async function checkDevice(
  context: Context<(typeof FONNTE_VARIABLES)[number]>,
  device: DeviceToken,
): Promise<Finding[]> {
  let profile: DeviceProfile;
  try {
    profile = await createFonnte(context, device).fetchProfile();
  } catch (error) {
    if (error instanceof UpstreamRejectedError) return [describeRejection(error)];
    // A device without a result must not hide those of the others.
    if (device.number !== null) return [{ status: 'error', ...describeFailure(error) }];
    throw error;
  }
  const { config, given, now } = context;
  return [
    { status: 'ok', text: 'Diterima FONNTE.' },
    ...describeOwner(profile, device),
    describeDevice(profile),
    ...describeAllowlist(profile, config.FONNTE_DEVICES),
    describePackage(profile),
    ...describeExpiry(profile, now()),
    describeQuota(profile, config),
    describeAutoread(profile),
    describeWebhook(profile.webhookUrl, config.WEBHOOK_SECRET_KEY, given.PUBLIC_URL),
  ];
}

/** A token of another device: messages would be answered from the wrong number. */
function describeOwner({ device }: DeviceProfile, { number }: DeviceToken): Finding[] {
  const owner = normalizePhone(device);
  if (number === null || owner === null || owner === number) return [];
  return [
    {
      status: 'error',
      title: 'Nomor',
      text: `Token ini milik ${maskPhone(owner)}, bukan ${maskPhone(number)}: balasan terkirim dari nomor yang salah.`,
      fix: 'Samakan nomor dan token dalam FONNTE_TOKEN dengan fonnte.com, menu Device.',
    },
  ];
}

function describeRejection({ label, reason }: UpstreamRejectedError): Finding {
  const fix =
    label === 'token'
      ? 'Salin lagi token perangkat: fonnte.com, menu Device, tombol Token (bukan token akun).'
      : 'Periksa FONNTE_API_URL, lalu ulangi.';
  return { status: 'error', text: `Ditolak: ${reason}`, fix };
}

function describeDevice({ status, device }: DeviceProfile): Finding {
  const title = 'Perangkat';
  const number = device === null ? '' : ` (${maskPhone(normalizePhone(device) ?? '')})`;
  if (status === 'connect') return { status: 'ok', title, text: `Tersambung${number}.` };
  return {
    status: status === 'disconnect' ? 'error' : 'warning',
    title,
    text: status === 'disconnect' ? `Terputus${number}.` : `FONNTE tidak menyebut keadaannya${number}.`,
    fix: 'Sambungkan lagi di fonnte.com, menu Device (docs/runbook/device-disconnected.md).',
  };
}

/** Calls for a device that is not in FONNTE_DEVICES are ignored. */
function describeAllowlist({ device }: DeviceProfile, devices: string | undefined): Finding[] {
  const allowed = parseList(devices).map(normalizePhone);
  const number = normalizePhone(device);
  if (allowed.length === 0 || number === null) return [];
  const title = 'FONNTE_DEVICES';
  if (allowed.includes(number)) return [{ status: 'ok', title, text: 'Memuat nomor perangkat ini.' }];
  return [
    {
      status: 'error',
      title,
      text: `Tidak memuat nomor perangkat ini (${maskPhone(number)}): semua panggilannya diabaikan.`,
      fix: 'Tambahkan nomor itu, atau kosongkan FONNTE_DEVICES.',
    },
  ];
}

function describePackage({ packageName }: DeviceProfile): Finding {
  const title = 'Paket';
  if (packageName === null)
    return { status: 'manual', title, text: 'FONNTE tidak menyebutnya.', fix: 'Lihat fonnte.com, menu Device.' };
  const name = packageName.slice(0, 40);
  if (PACKAGES_WITH_FILES.includes(name.toLowerCase())) return { status: 'ok', title, text: `${name}.` };
  return {
    status: 'warning',
    title,
    text: `${name}: foto, PDF, dan suara dari pengguna tidak terbaca.`,
    fix: 'Pakai paket Super, Advanced, atau Ultra bila lampiran diperlukan.',
  };
}

function describeExpiry({ expiresAt }: DeviceProfile, now: number): Finding[] {
  if (expiresAt === null) return [];
  const title = 'Masa berlaku paket';
  const days = Math.floor((expiresAt - now) / DAY_MS);
  const day = new Date(expiresAt).toISOString().slice(0, 10);
  const fix = 'Perpanjang di fonnte.com (docs/runbook/quota.md).';
  if (expiresAt <= now) return [{ status: 'error', title, text: `Berakhir pada ${day}.`, fix }];
  if (days < PACKAGE_WARNING_DAYS) return [{ status: 'warning', title, text: `Tinggal ${days} hari (${day}).`, fix }];
  return [{ status: 'ok', title, text: `Sampai ${day}.` }];
}

function describeQuota(
  { quota }: DeviceProfile,
  { QUOTA_ALERT_BELOW = 0, MIN_QUOTA_RESERVE = 0 }: Partial<Config>,
): Finding {
  const title = 'Kuota';
  const fix = 'Beli kuota di fonnte.com (docs/runbook/quota.md).';
  if (quota === null) return { status: 'ok', title, text: 'FONNTE tidak menyebut angka (tanpa batas).' };
  const text = `${quota.toLocaleString('id-ID')} pesan.`;
  if (quota === 0) return { status: 'error', title, text: 'Habis: tidak satu pun balasan terkirim.', fix };
  if (quota < MIN_QUOTA_RESERVE)
    return { status: 'warning', title, text: `${text} Pemberitahuan sudah berhenti (MIN_QUOTA_RESERVE).`, fix };
  if (quota < QUOTA_ALERT_BELOW) return { status: 'warning', title, text: `${text} Di bawah QUOTA_ALERT_BELOW.`, fix };
  return { status: 'ok', title, text };
}

function describeAutoread({ autoread }: DeviceProfile): Finding {
  const title = 'Autoread';
  const fix = 'fonnte.com, menu Device, sunting perangkat: Autoread on (docs/runbook/connection.md).';
  if (autoread === true) return { status: 'ok', title, text: 'Menyala.' };
  if (autoread === false) return { status: 'error', title, text: 'Mati: FONNTE tidak pernah memanggil webhook.', fix };
  return {
    status: 'manual',
    title,
    text: 'Tidak terlihat dengan token perangkat. Bila mati, tidak ada pesan yang masuk.',
    fix,
  };
}
