/** Why a store cannot be taken over, in Indonesian, and what to do about it. */
export class UpgradeProblem extends Error {
  readonly fix: string;
  constructor(text: string, fix: string) {
    super(text);
    this.fix = fix;
  }
}
