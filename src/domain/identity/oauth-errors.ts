/** Every error of the OAuth service: status and the exact words on the wire. */

export interface OauthError {
  readonly status: number;
  readonly error: string;
  readonly description: string;
}

const at =
  (status: number, error: string) =>
  (description: string): OauthError => ({ status, error, description });

const invalid = at(400, 'invalid_request');
const unknown = at(401, 'invalid_request');
const badKey = at(403, 'public_key error');

const NOT_CONFIGURED = at(
  401,
  'unauthorized_client',
)(
  'you have tried to request authorization but your application is not configured to use this authorization grant type',
);
const NOT_SUBSCRIBED = at(
  401,
  'access_denied',
)(
  'API Key supplied does not have access to this resource. Please check the API Key you are using belongs to an app which has sufficient access to access this resource.',
);

export const OAUTH_ERRORS = {
  content_type: at(415, 'invalid_request')('Content-Type header must be application/x-www-form-urlencoded'),
  grant_type_unsupported: at(400, 'unsupported_grant_type')('grant_type is invalid'),
  grant_type_missing: invalid('grant_type is missing'),

  assertion_type: invalid(
    "Missing or invalid client_assertion_type - must be 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'",
  ),
  assertion_missing: invalid('Missing client_assertion'),
  assertion_malformed: invalid('Malformed JWT in client_assertion'),
  alg: invalid("Invalid 'alg' header in client_assertion JWT - unsupported JWT algorithm - must be 'RS512'"),
  expired: invalid("Invalid 'exp' claim in client_assertion JWT - JWT has expired"),
  kid_missing: invalid("Missing 'kid' header in client_assertion JWT"),
  typ: invalid("Invalid 'typ' header in client_assertion JWT - must be 'JWT'"),
  exp_missing: invalid("Missing 'exp' claim in client_assertion JWT"),
  exp_type: invalid("Invalid 'exp' claim in client_assertion JWT - must be an integer"),
  iss_sub: invalid("Missing or non-matching 'iss'/'sub' claims in client_assertion JWT"),
  jti_missing: invalid("Missing 'jti' claim in client_assertion JWT"),
  jti_type: invalid("Invalid 'jti' claim in client_assertion JWT - must be a unique string value such as a GUID"),
  jti_replay: invalid("Non-unique 'jti' claim in client_assertion JWT"),
  exp_far: invalid("Invalid 'exp' claim in client_assertion JWT - more than 5 minutes in future"),
  unknown_client: unknown("Invalid 'iss'/'sub' claims in client_assertion JWT"),
  no_public_key: badKey(
    'You need to register a public key to use this authentication method - please contact support to configure',
  ),
  jwks_unreachable: badKey("The JWKS endpoint, for your client_assertion can't be reached"),
  kid_unknown: unknown("Invalid 'kid' header in client_assertion JWT - no matching public key"),
  signature: at(401, 'public_key error')('JWT signature verification failed'),
  aud: unknown("Missing or invalid 'aud' claim in client_assertion JWT"),
  no_scope: NOT_CONFIGURED,

  te_grant_type: invalid('grant_type is invalid'),
  te_subject_token_type: invalid(
    "missing or invalid subject_token_type - must be 'urn:ietf:params:oauth:token-type:id_token'",
  ),
  st_missing: invalid('Missing subject_token'),
  st_malformed: invalid('Malformed JWT in subject_token'),
  st_kid: invalid("Missing 'kid' header in subject_token JWT"),
  st_typ: invalid("Invalid 'typ' header in subject_token JWT - must be 'JWT'"),
  st_alg: invalid("Missing 'alg' header in subject_token JWT"),
  st_exp_missing: invalid("Missing 'exp' claim in subject_token JWT"),
  st_exp_type: invalid("Invalid 'exp' claim in subject_token JWT - must be an integer"),
  st_expired: invalid("Invalid 'exp' claim in subject_token JWT - JWT has expired"),
  st_iss_missing: invalid("Missing 'iss' claim in subject_token JWT"),
  st_aud_missing: unknown("Missing 'aud' claim in subject_token JWT"),
  st_iss_unknown: invalid("Missing or non-matching 'iss' claim in subject_token JWT"),
  st_kid_unknown: unknown("Invalid 'kid' header in subject_token JWT - no matching public key"),

  act_kid: invalid("Missing 'kid' header in act.sub JWT"),
  act_typ: invalid("Invalid 'typ' header in act.sub JWT - must be 'JWT'"),
  act_alg: invalid("Missing 'alg' header in act.sub JWT"),
  act_exp_missing: invalid("Missing 'exp' claim in act.sub JWT"),
  act_exp_type: invalid("Invalid 'exp' claim in act.sub JWT - must be an integer"),
  act_iss: invalid("Missing 'iss' claim in act.sub JWT"),
  act_aud: invalid("Missing 'aud' claim in act.sub JWT"),
  act_nhs_number: invalid("Missing 'nhs_number' claim in act.sub JWT"),

  client_missing: unknown('client_id is missing'),
  az_client_invalid: unknown('client_id is invalid'),
  az_revoked: at(401, 'access_denied')('The developer app associated with the API key is not approved or revoked'),
  not_subscribed: NOT_SUBSCRIBED,
  redirect_missing: invalid('redirect_uri is missing'),
  redirect_invalid: invalid('redirect_uri is invalid'),

  cb_state: invalid('Invalid state parameter.'),
  cb_aud: invalid("Invalid 'aud' claim in external ID token JWT"),
  cb_iss: invalid('Invalid iss claim in external ID token JWT'),
  cb_kid: unknown("Invalid 'kid' header in external ID token JWT - no matching public key"),

  client_invalid: at(401, 'invalid_client')('client_id or client_secret is invalid'),
  secret_missing: unknown('client_secret is missing'),
  code_missing: invalid('authorization_code is missing'),
  code_invalid: at(400, 'invalid_grant')('authorization_code is invalid'),
  rt_missing: invalid('refresh_token is missing'),
  rt_invalid: at(401, 'invalid_grant')('refresh_token is invalid'),
  rt_expired: at(401, 'invalid_grant')('refresh token refresh period has expired'),
  session_ended: at(401, 'invalid_grant')('the session of this log-in has ended'),

  ui_wrong_auth: invalid(
    'The Userinfo endpoint is only supported for Combined Auth integrations. Currently this is only for NHS CIS2 authentications - for more guidance see https://digital.nhs.uk/developer/guides-and-documentation/security-and-authorisation/user-restricted-restful-apis-nhs-cis2-combined-authentication-and-authorisation',
  ),
  ui_bad_token: at(
    401,
    'unknown_error',
  )(
    'An unknown error occurred processing this request. Contact us for assistance diagnosing this issue: https://digital.nhs.uk/developer/help-and-support quoting Message ID',
  ),

  bl_malformed: invalid('Malformed JWT in logout_token'),
  bl_aud: invalid('Missing/invalid aud claim in JWT'),
  bl_iss: invalid('Missing/invalid iss claim in JWT'),
  bl_sid: invalid('Missing sid claim in JWT'),
  bl_events: invalid('Missing/invalid events claim in JWT'),
  bl_nonce: invalid('Prohibited nonce claim in JWT'),
  bl_verify: at(400, 'bad_request')('Unable to verify JWT'),
  bl_no_session: at(501, 'not_implemented')('SID not found'),
  bl_failed: at(501, 'not_implemented')('Logout Failed'),

  not_found: at(404, 'invalid_request')('Not Found'),
  status_key: at(401, 'Access Denied')('Invalid api key for _status monitoring endpoint'),

  body_too_large: at(413, 'invalid_request')('The request body is too large'),
  body_unreadable: invalid('The request body cannot be read'),
  unavailable: at(503, 'temporarily_unavailable')('The service is busy. Please try again later.'),
  broken: at(
    500,
    'unknown_error',
  )(
    'An unknown error occurred processing this request. Contact us for assistance diagnosing this issue: https://digital.nhs.uk/developer/help-and-support quoting Message ID',
  ),
} as const satisfies Readonly<Record<string, OauthError>>;

export type OauthErrorId = keyof typeof OAUTH_ERRORS;

/** A refusal of the OAuth service, as a value. */
export interface OauthRefusal {
  readonly kind: 'oauth-refused';
  readonly id: OauthErrorId;
}

export const oauthRefusal = (id: OauthErrorId): OauthRefusal => ({ kind: 'oauth-refused', id });

export const isOauthRefusal = (value: unknown): value is OauthRefusal =>
  typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'oauth-refused';
