import { createHash } from 'node:crypto';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import Type from 'typebox';
import { InvalidRequest } from '../../src/errors.ts';
import { maskedContext } from '../../src/events.ts';
import { normalizePhone } from '../../src/phone.ts';
import { adminSecurity, errorResponses } from '../schemas.ts';

/** FONNTE's limit of one message, characters. */
const MAX_MESSAGE_LENGTH = 60_000;

const SendBody = Type.Object(
  {
    target: Type.Union([Type.String({ minLength: 1, maxLength: 64 }), Type.Integer()], {
      description: 'one number, in any usual form',
    }),
    device: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 64,
        description: 'the number of the device that sends it, one of FONNTE_TOKEN; default: the first',
      }),
    ),
    message: Type.String({
      minLength: 1,
      maxLength: MAX_MESSAGE_LENGTH,
      description: 'WhatsApp text, sent as it is except {words} in braces, which FONNTE would replace',
    }),
  },
  { examples: [{ target: '6281200000001', message: 'Uji kirim dari SAPA.' }] },
);

const SendResponse = Type.Object(
  {
    success: Type.Literal(true),
    target: Type.String({ description: 'the number, digits only' }),
    ids: Type.Array(Type.String(), { description: "FONNTE's ids of the message" }),
    requestId: Type.String({ description: "FONNTE's number of the request" }),
  },
  { description: 'FONNTE accepted the message' },
);

const Rejected = Type.Object(
  {
    error: Type.String(),
    code: Type.String(),
    reason: Type.Optional(Type.String({ description: "FONNTE's own words" })),
  },
  { description: 'FONNTE did not accept the message: FONNTE_REJECTED with its reason, FONNTE_UNREACHABLE' },
);

/** Sends a message immediately. */
const routes: FastifyPluginAsyncTypebox = async (app) => {
  const { conversations, fonnte, events } = app;

  app.post('/api/whatsapp/send', { schema, onRequest: app.authenticateAdmin }, async (request, reply) => {
    const { message } = request.body;
    const target = normalizePhone(request.body.target);
    if (target === null) throw new InvalidRequest('target bukan nomor telepon');
    if (message.trim() === '') throw new InvalidRequest('message kosong');
    const device = findDevice(request.body.device);
    events.emit({ ...maskedContext(target), type: 'admin.acted', name: request.admin, action: 'send' });
    const key = request.headers['idempotency-key'];
    const { status, body } = await conversations.sendManually(
      { device, target, message },
      key === undefined ? null : digest(`${request.admin}:${key}`),
    );
    return reply.code(status).send(body);
  });

  /** @throws InvalidRequest for a device that is not in FONNTE_TOKEN */
  function findDevice(written: string | undefined) {
    const number = written === undefined ? null : normalizePhone(written);
    const device = written !== undefined && number === null ? null : fonnte.find(number);
    if (device === null) throw new InvalidRequest('device tidak ada dalam FONNTE_TOKEN');
    return device;
  }
};

const digest = (text: string) => createHash('sha256').update(text).digest('base64url');

const schema = {
  operationId: 'sendMessage',
  summary: 'Send one message now',
  tags: ['admin'],
  security: adminSecurity,
  headers: Type.Object({
    'idempotency-key': Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 200,
        description: 'the same key returns the first response again for 24 hours',
      }),
    ),
  }),
  body: SendBody,
  response: { 200: SendResponse, 502: Rejected, ...errorResponses(400, 401, 409, 413, 415, 422, 429, 500, 503) },
};

export default routes;
