import t from 'tap';
import TypeBox from 'typebox';
import { Type } from '../../src/schema.ts';
import { checkOf } from '../../src/schema-check.ts';

/** Each builder with each way that it is called in the service. */
const built = (Builders: typeof Type) => ({
  array: Builders.Array(Builders.Number(), { minItems: 1 }),
  boolean: Builders.Boolean({ default: false }),
  enum: Builders.Enum(['a', 'b'], { description: 'one of them' }),
  integer: Builders.Integer({ minimum: 0, maximum: 9 }),
  literals: [Builders.Literal(true), Builders.Literal('ok', { description: 'fine' }), Builders.Literal(7)],
  null: Builders.Null(),
  object: Builders.Object({ a: Builders.String(), b: Builders.Optional(Builders.Integer()) }, { description: 'both' }),
  objects: [
    Builders.Object({}, { additionalProperties: true }),
    Builders.Object({ a: Builders.Optional(Builders.Null()) }),
  ],
  optional: Builders.Optional(Builders.Union([Builders.String(), Builders.Null()], { description: 'or nothing' })),
  string: Builders.String({ minLength: 1, pattern: '^x' }),
  unknown: Builders.Unknown(),
});

/** Everything in a schema, also what is not enumerated. */
const whole = (value: unknown): unknown =>
  typeof value !== 'object' || value === null
    ? value
    : Object.entries(Object.getOwnPropertyDescriptors(value)).map(([key, { value: held, ...how }]) => [
        key,
        how,
        whole(held),
      ]);

t.test("the schemas are those that TypeBox's own builders make", async (t) => {
  t.same(whole(built(Type)), whole(built(TypeBox)));
});

t.test('a check says what TypeBox says, and where', async (t) => {
  const check = checkOf(Type.Object({ a: Type.String(), b: Type.Array(Type.Integer()) }));
  t.ok(check.fits({ a: '', b: [1] }));
  t.same(check.wrongFields({ a: '', b: [1] }), []);
  t.notOk(check.fits({ a: 1, b: [1.5] }));
  t.same(check.wrongFields({ a: 1, b: [1.5, 2.5] }), ['a', 'b']);
  t.same(check.wrongFields(null), ['']);
});
