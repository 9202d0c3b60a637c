import Type from 'typebox';

const Scalar = (description: string) =>
  Type.Optional(Type.Union([Type.String(), Type.Number(), Type.Boolean(), Type.Null()], { description }));

/**
 * A call as FONNTE documents it, for the OpenAPI document. Real calls vary in types and names from one FONNTE version to
 * the next, so `parseWebhook` reads them; this schema rejects nothing.
 * @see https://docs.fonnte.com/webhook-reply-message/
 */
export const WebhookBody = Type.Object(
  {
    device: Scalar('our device number'),
    sender: Scalar('number of the author, in any usual form'),
    pengirim: Scalar('old name of sender'),
    message: Scalar('text of the message'),
    pesan: Scalar('old name of message'),
    name: Scalar('push name, not used'),
    member: Scalar('author within a group'),
    location: Scalar('lat,long'),
    url: Scalar('address of an attachment, valid for 30 minutes'),
    type: Scalar('text, image, audio, video, document, location, sticker'),
    extension: Scalar('of the attachment'),
    filename: Scalar('of the attachment'),
    pollname: Scalar('question of a poll'),
    choices: Type.Optional(Type.Union([Type.Array(Type.String()), Type.String()], { description: 'chosen in a poll' })),
    inboxid: Scalar('above 0 if the inbox is on'),
    isgroup: Scalar('true in groups'),
    timestamp: Scalar('unix seconds'),
    secret: Scalar('one of WEBHOOK_SECRET_KEY'),
    status: Scalar('event: connect, disconnect, or the delivery status of a message'),
    id: Scalar('event: the message that the delivery status is about'),
    stateid: Scalar('event: id of a delivery state'),
    state: Scalar('event: sent, delivered, read'),
    submission: Scalar('event: a submitted form'),
  },
  {
    additionalProperties: true,
    description: 'a message or an event',
    examples: [
      {
        device: '6281200000090',
        sender: '6281200000001',
        message: 'Berapa sisa anggaran saya?',
        name: 'Budi',
        type: 'text',
        inboxid: 4711,
        isgroup: false,
      },
    ],
  },
);

export const WebhookQuery = Type.Object({
  secret: Type.Optional(Type.String({ description: 'one of WEBHOOK_SECRET_KEY' })),
});

export const WebhookResponse = Type.Object(
  {
    success: Type.Literal(true),
    status: Type.Enum(['accepted', 'duplicate', 'ignored']),
    reason: Type.Optional(Type.String({ description: 'why it was ignored' })),
  },
  { description: 'received; FONNTE does not repeat it' },
);
