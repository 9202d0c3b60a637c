import { type Candidate, nearest, type Scene } from '../checks/scene.ts';
import { differenceOf, isOfNamedMonths } from './changes.ts';

/** The sums (`sign` 1) or differences (−1) of two of the `count` nearest confirmed amounts. */
export function* pairs(scene: Scene, sign: 1 | -1, count = Number.POSITIVE_INFINITY): Generator<Candidate> {
  const near = nearest(scene, 'amount')
    .filter(({ exact }) => exact !== 0)
    .slice(0, count);
  for (let second = 1; second < near.length; second++)
    for (let first = 0; first < second; first++) {
      const [one, two] = [near[first]!, near[second]!];
      if (sign < 0) {
        if (isOfNamedMonths(scene, one, two)) yield differenceOf(one, two);
      } else {
        const field = one.cell?.field === two.cell?.field ? one.cell?.field : undefined;
        yield { value: one.exact + two.exact, how: `${one.mention.text} + ${two.mention.text}`, field };
      }
    }
}
