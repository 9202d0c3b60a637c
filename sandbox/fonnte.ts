import { FakeServer, type FakeServerOptions, type RecordedRequest } from './fake-server.ts';
import type { Fault } from './faults.ts';
import type { FonntePayload, PayloadOverrides } from './fonnte-payload.ts';
import { fillTemplate, parseTarget, type Target } from './fonnte-target.ts';
import { type DeliverOptions, type Delivery, WebhookCaller } from './fonnte-webhook.ts';
import type { FakeResponse, MultipartForm, UploadedFile } from './http-io.ts';
import { waitForMatch } from './wait-for-match.ts';

export type { DeliverOptions, Delivery } from './fonnte-webhook.ts';

/** A device: its token, number and state. */
export interface FakeDevice {
  /** The token that the `Authorization` header must contain. */
  token: string;
  device: string;
  /** False: the device is disconnected and sends are rejected. */
  connected: boolean;
  /** The remaining number of messages. */
  quota: number;
}

/** A message that FONNTE accepted; one per target. */
export interface SentMessage {
  readonly at: number;
  /** The number of the device that sent it. */
  readonly device: string;
  readonly target: string;
  readonly message: string;
  readonly id: string;
  readonly requestid: number;
  /** The number of the request that sent it. */
  readonly requestNumber: number;
  /** The quoted message, if the request names one. */
  readonly inboxid?: number;
  /** The file that the message is the caption of; `name` is the request's `filename`. */
  readonly file?: UploadedFile;
}

export interface FakeFonnteOptions extends FakeServerOptions {
  token?: string;
  /** The phone number of the device. */
  device?: string;
  quota?: number;
  /** False: payloads have `inboxid` 0, as with «inbox off». */
  inbox?: boolean;
}

const MAX_MESSAGE_CHARACTERS = 60_000;
const MAX_FILE_BYTES = 4 * 1024 * 1024;
const PACKAGES_WITH_FILES = ['Super', 'Advanced', 'Ultra'];
/** @see https://docs.fonnte.com/file-limitation/ */
const FILE_EXTENSIONS = /\.(?:png|jpe?g|webp|mp4|pdf|docx?|xlsx?|csv|txt|mp3)$/i;
const COUNTRY_CODE = '62';

/**
 * FONNTE as `fonnte.md` describes it (rejections are HTTP 200): its API and its calls to the webhook. It is its first device
 * itself; others are added by `addDevice`.
 */
export class FakeFonnte extends FakeServer implements FakeDevice {
  /** The latest accepted messages, oldest first, limited like `requests`. */
  readonly sent: SentMessage[] = [];
  token: string;
  device: string;
  connected = true;
  quota: number;
  /** Numbers that `/validate` reports as not registered. */
  readonly unregistered = new Set<string>();
  /** False: payloads have `inboxid` 0. */
  inbox: boolean;
  package = 'Super';
  expired = '18 November 2029';
  readonly #otherDevices: FakeDevice[] = [];
  readonly #sentListeners = new Set<(sent: SentMessage) => void>();
  readonly #webhookCaller = new WebhookCaller();
  readonly #sentLimit: number;
  readonly #initialQuota: number;
  #sentCount = 0;
  #lastId = 80_367_169;
  #lastRequestId = 2_937_123;
  #lastInboxId = 4710;

  constructor(options: FakeFonnteOptions) {
    super(options);
    this.token = options.token ?? 'sandbox-fonnte-token';
    this.device = options.device ?? '6281100000000';
    this.#initialQuota = options.quota ?? 1_000_000;
    this.quota = this.#initialQuota;
    this.inbox = options.inbox ?? true;
    this.#sentLimit = options.recordHistory === false ? 0 : (options.historyLimit ?? 10_000);
  }

  /** Adds a device with its own token, connection and quota. */
  addDevice(token: string, device: string): FakeDevice {
    const added = { token, device, connected: true, quota: this.#initialQuota };
    this.#otherDevices.push(added);
    return added;
  }

  /** Number of accepted messages since the start or the last reset, recorded or not. */
  get sentCount(): number {
    return this.#sentCount;
  }

  /** Calls `listener` with each accepted message. @returns a function that unsubscribes */
  onSent(listener: (sent: SentMessage) => void): () => void {
    this.#sentListeners.add(listener);
    return () => this.#sentListeners.delete(listener);
  }

  /** Resolves with the first recorded or future message that matches. @throws after `timeoutMs` or on close */
  waitForSent(predicate: (sent: SentMessage) => boolean, timeoutMs = 10_000): Promise<SentMessage> {
    return waitForMatch(this.sent, (listener) => this.onSent(listener), predicate, timeoutMs, this.closeSignal);
  }

  override reset(): Promise<void> {
    this.sent.length = 0;
    this.#sentCount = 0;
    for (const device of [this, ...this.#otherDevices])
      Object.assign(device, { connected: true, quota: this.#initialQuota });
    this.unregistered.clear();
    return super.reset();
  }

  override async close(): Promise<void> {
    await Promise.all([super.close(), this.#webhookCaller.close()]);
  }

  /** Builds a webhook payload with the fields in their real order, the current time and the next inboxid. */
  buildPayload(overrides: PayloadOverrides = {}): FonntePayload {
    const message = String(overrides.message ?? overrides.pesan ?? 'Halo');
    const sender = String(overrides.sender ?? overrides.pengirim ?? '6281200000001');
    this.#lastInboxId += 1;
    return {
      quick: false,
      device: this.device,
      pesan: message,
      pengirim: sender,
      member: '',
      message,
      text: 'non-button message',
      sender,
      name: 'Budi',
      location: '',
      url: '',
      type: 'text',
      extension: '',
      filename: '',
      pollname: '',
      choices: [],
      inboxid: this.inbox ? this.#lastInboxId : 0,
      isgroup: false,
      isforwarded: false,
      timestamp: Math.floor(Date.now() / 1000),
      ...overrides,
    };
  }

  /** Delivers to the webhook as FONNTE does: repeats the same request until the response is 200. @throws only on close */
  deliver(webhookUrl: string, payload: object, options: DeliverOptions = {}): Promise<Delivery> {
    return this.#webhookCaller.deliver(webhookUrl, payload, options);
  }

  protected override extendRecord(request: RecordedRequest): RecordedRequest {
    return request;
  }

  protected override buildErrorBody({ status }: Fault & { kind: 'status' }): unknown {
    return `<html><body><center><h1>${status}</h1></center><hr><center>cloudflare</center></body></html>`;
  }

  protected override handle(request: RecordedRequest): FakeResponse {
    const handlers: Record<string, (request: RecordedRequest, device: FakeDevice) => FakeResponse> = {
      '/send': (send, device) => this.#send(send, device),
      '/typing': (typing, device) => this.#typing(typing, device),
      '/device': (_profile, device) => this.#deviceProfile(device),
      '/validate': (validate, device) => this.#validate(validate, device),
    };
    // FONNTE also accepts `…/send/`.
    const handler = handlers[request.path === '/send/' ? '/send' : request.path];
    if (request.method !== 'POST' || !handler)
      return { status: 404, body: '<html><body><h1>404 Not Found</h1></body></html>' };
    const device = [this, ...this.#otherDevices].find(({ token }) => token === request.headers.authorization);
    if (!device) return { status: 200, body: { reason: 'invalid token', status: false } };
    return handler(request, device);
  }

  #send(request: RecordedRequest, device: FakeDevice): FakeResponse {
    const fields = formFields(request);
    if (!fields) return { status: 200, body: { status: false, reason: 'invalid/empty body value' } };
    const { target = '', message = '', url = '', connectOnly = 'true', inboxid } = fields;
    const file = uploadedFile(request);
    const hasMessage = message !== '' || url !== '' || (fields.location ?? '') !== '' || file !== undefined;
    if (target === '' || !hasMessage) return this.#reject('input invalid');
    if (message.length > MAX_MESSAGE_CHARACTERS) return this.#reject('input invalid');
    if (inboxid !== undefined && !/^[1-9]\d*$/.test(inboxid)) return this.#reject('input invalid');
    const targets = target.split(',').map((one) => parseTarget(one, fields.countryCode ?? COUNTRY_CODE));
    if (targets.some(({ number }) => number === undefined)) return this.#reject('target input invalid');
    if (!device.connected && connectOnly !== 'false') return this.#reject('request invalid on disconnected device');
    if (device.quota < targets.length) return this.#reject('insufficient quota');
    if (file && !PACKAGES_WITH_FILES.includes(this.package))
      return this.#reject('file is not available on your package');
    if (file && file.data.length >= MAX_FILE_BYTES) return this.#reject('file size must under 4MB');
    if (file && !FILE_EXTENSIONS.test(file.name)) return this.#reject('file format not supported');
    return this.#accept(request, device, targets, { message, ...(inboxid && { inboxid }), ...(file && { file }) });
  }

  #accept(
    request: RecordedRequest,
    device: FakeDevice,
    targets: Target[],
    { message, inboxid, file }: { message: string; inboxid?: string; file?: UploadedFile },
  ): FakeResponse {
    const requestid = this.#nextRequestId();
    const sent = targets.map(({ number = '', variables }): SentMessage => {
      this.#lastId += 1;
      return {
        at: Date.now(),
        device: device.device,
        target: number,
        message: fillTemplate(message, variables),
        id: `${this.#lastId}`,
        requestid,
        requestNumber: request.number,
        ...(inboxid === undefined ? {} : { inboxid: Number(inboxid) }),
        ...(file ? { file } : {}),
      };
    });
    device.quota -= sent.length;
    this.#sentCount += sent.length;
    if (this.#sentLimit > 0) this.sent.push(...sent);
    if (this.sent.length > this.#sentLimit) this.sent.splice(0, this.sent.length - this.#sentLimit);
    for (const one of sent) for (const listener of this.#sentListeners) listener(one);
    const id = sent.map((one) => one.id);
    const target = sent.map((one) => one.target);
    return {
      status: 200,
      body: { detail: 'success! message in queue', id, process: 'pending', requestid, status: true, target },
    };
  }

  #typing(request: RecordedRequest, device: FakeDevice): FakeResponse {
    const fields = formFields(request);
    if (!fields?.target) return this.#reject('input invalid');
    if (!device.connected) return this.#reject('request invalid on disconnected device');
    return { status: 200, body: { detail: 'success! typing', requestid: this.#nextRequestId(), status: true } };
  }

  #deviceProfile({ device, connected, quota }: FakeDevice): FakeResponse {
    return {
      status: 200,
      body: {
        device,
        device_status: connected ? 'connect' : 'disconnect',
        expired: this.expired,
        messages: this.#sentCount,
        name: 'SAPA sandbox',
        package: this.package,
        quota: `${quota}`,
        status: true,
      },
    };
  }

  #validate(request: RecordedRequest, device: FakeDevice): FakeResponse {
    const fields = formFields(request);
    if (!fields?.target) return this.#reject('input invalid');
    if (!device.connected) return this.#reject('request invalid on disconnected device');
    const numbers = fields.target
      .split(',')
      .map((one) => parseTarget(one, fields.countryCode ?? COUNTRY_CODE).number ?? one.trim());
    const isRegistered = (number: string) => /^[1-9]\d{7,14}$/.test(number) && !this.unregistered.has(number);
    const not_registered = numbers.filter((number) => !isRegistered(number));
    return { status: 200, body: { not_registered, registered: numbers.filter(isRegistered), status: true } };
  }

  #reject(reason: string): FakeResponse {
    return { status: 200, body: { reason, requestid: this.#nextRequestId(), status: false } };
  }

  #nextRequestId(): number {
    this.#lastRequestId += 1;
    return this.#lastRequestId;
  }
}

/** @returns the fields of a form; undefined for any other type: FONNTE rejects JSON sometimes, the fake always */
export function formFields(request: RecordedRequest): Record<string, string | undefined> | undefined {
  const contentType = request.headers['content-type'] ?? '';
  if (isMultipart(request)) return request.body.fields;
  const isForm = contentType.startsWith('application/x-www-form-urlencoded');
  return isForm ? (request.body as Record<string, string>) : undefined;
}

/** @returns the uploaded file under the name that the request gives it */
function uploadedFile(request: RecordedRequest): UploadedFile | undefined {
  const file = isMultipart(request) ? request.body.files.file : undefined;
  return file && isMultipart(request) ? { ...file, name: request.body.fields.filename ?? file.name } : undefined;
}

function isMultipart(request: RecordedRequest): request is RecordedRequest & { body: MultipartForm } {
  return (request.headers['content-type'] ?? '').startsWith('multipart/form-data');
}

/** Starts a fake FONNTE on 127.0.0.1. */
export async function startFakeFonnte(options: FakeFonnteOptions = {}): Promise<FakeFonnte> {
  return new FakeFonnte(options).open();
}
