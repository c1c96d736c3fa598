/** Real records behind an enforced door: people in registered roles, whose tokens are made here. */
import { NOW, enforced, signer } from '../routes/support.ts';
import type { Signer } from '../routes/support.ts';
import { House } from './record-spine.ts';
import type { Asked, Wire } from './record-spine.ts';

const OPERATOR = { client: 'operator', mode: 'import', rights: [] };
const PRODUCTS = ['personal-demographics-service', 'summary-care-record', 'patient-flags-api'];

export interface Member {
  readonly uid: string;
  readonly organization?: string;
  readonly roleCode?: string;
  readonly activities?: readonly string[];
  readonly workgroups?: readonly string[];
  readonly level?: 'aal1' | 'aal2' | 'aal3';
}

interface AsPatient extends Asked {
  readonly more?: object;
}

/** The role profile id of a member. */
export const roleOf = ({ uid }: Member): string => `7${uid.slice(1)}`;

export class AcfHouse extends House {
  readonly #signer: Signer;

  private constructor(base: string, control: 'enforced' | 'caller', made: Signer) {
    super(base, control);
    this.#signer = made;
    this.settings = enforced(made.keySet);
    this.spine.identity.now = () => this.now;
  }

  static async open(base: string, control: 'enforced' | 'caller'): Promise<AcfHouse> {
    const house = new AcfHouse(base, control, await signer('ES256'));
    const application = {
      clientId: 'app-1',
      name: 'App One',
      secretDigest: null,
      redirectUris: [],
      status: 'approved',
      jwks: null,
      jwksUrl: null,
      attributes: {},
      quota: {
        requests: 1e3,
        interval: 1,
        unit: 'second',
      },
      spike: 1e3,
      scopes: PRODUCTS.flatMap((product) =>
        ['app:level3', 'user-nhs-cis2:aal1', 'user-nhs-cis2:aal2', 'user-nhs-cis2:aal3', 'user-nhs-login:P9'].map(
          (level) => `urn:nhsd:apim:${level}:${product}`,
        ),
      ),
    };
    await house.#load('application', 'app/app-1', { name: 'register-application', application });
    return house;
  }

  #load(kind: string, key: string, command: { readonly name: string; readonly [more: string]: unknown }) {
    return this.spine.identity.submit(kind, key, command, { agent: OPERATOR, requestId: '' });
  }

  async member(member: Member): Promise<void> {
    const { uid, organization = 'RBA', roleCode = 'R8000', activities = ['B0401', 'B0820'], workgroups = [] } = member;
    const role = {
      person_orgid: '1',
      person_roleid: roleOf(member),
      org_code: organization,
      role_name: roleCode,
      role_code: `S0000:G0000:${roleCode}`,
      activities: [],
      activity_codes: activities,
      workgroups_codes: workgroups,
    };
    const worker = { uid, status: 'open', profile: {}, roles: [role], authenticators: [] };
    await this.#load('worker', `user/${uid}`, { name: 'load-worker', worker });
  }

  async as(member: Member, method: string, path: string, asked: Asked = {}): Promise<Wire> {
    const level = member.level ?? 'aal3';
    const token = await this.#sign({
      sub: member.uid,
      scope: PRODUCTS.map((product) => `urn:nhsd:apim:user-nhs-cis2:${level}:${product}`).join(' '),
      authentication: `user token_exchange nhs-cis2 ${level}`,
      standing: { worker: member.uid },
    });
    return this.#sent(token, method, path, { ...asked, headers: { 'NHSD-Session-URID': null, ...asked.headers } });
  }

  async asApp(method: string, path: string, asked: Asked = {}): Promise<Wire> {
    const scope = PRODUCTS.map((product) => `urn:nhsd:apim:app:level3:${product}`).join(' ');
    const token = await this.#sign({
      scope,
      authentication: 'app client_credentials apim level3',
      standing: {},
    });
    return this.#sent(token, method, path, asked);
  }

  /** `more`: other claims. */
  async asPatient(
    nhsNumber: string,
    method: string,
    path: string,
    { more = {}, ...asked }: AsPatient = {},
  ): Promise<Wire> {
    const token = await this.#sign({
      sub: nhsNumber,
      nhs_number: nhsNumber,
      vot: 'P9.Cp.Cd',
      scope: PRODUCTS.map((product) => `urn:nhsd:apim:user-nhs-login:P9:${product}`).join(' '),
      authentication: 'user token_exchange nhs-login p9',
      standing: {},
      ...more,
    });
    return this.#sent(token, method, path, asked);
  }

  /** Good for ten minutes from the hour of the house. */
  #sign(claims: Readonly<Record<string, unknown>>): Promise<string> {
    return this.#signer.sign(claims, { expires: (this.now - NOW) / 1000 + 600 });
  }

  #sent(token: string, method: string, path: string, asked: Asked): Promise<Wire> {
    return this.send(method, path, { ...asked, headers: { ...asked.headers, Authorization: `Bearer ${token}` } });
  }
}
