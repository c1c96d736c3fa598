/** Places of the synthetic population. Streets, houses and postcodes are combined at random: no address is meant. */

export interface Town {
  readonly town: string;
  readonly county: string;
  /** Letters a postcode starts with. */
  readonly area: string;
  /** A telephone number range that Ofcom keeps free for drama: everything but the last three digits. */
  readonly phone: string;
  /** First letter and first two digits of the codes of its general practices. */
  readonly practices: string;
}

/** Ofcom keeps 01632 960000-960999 for places without a range of their own. */
const NOWHERE = '01632960';

type TownFacts = readonly [name: string, county: string, area: string, practices: string, phone?: string];

const town = (...[name, county, area, practices, phone = NOWHERE]: TownFacts): Town => ({
  town: name,
  county,
  area,
  phone,
  practices,
});

export const TOWNS: readonly Town[] = [
  town('London', 'Greater London', 'SE', 'G85', '02079460'),
  town('Birmingham', 'West Midlands', 'B', 'M85', '01214960'),
  town('Manchester', 'Greater Manchester', 'M', 'P84', '01614960'),
  town('Leeds', 'West Yorkshire', 'LS', 'B86', '01134960'),
  town('Sheffield', 'South Yorkshire', 'S', 'C88', '01144960'),
  town('Bristol', 'Avon', 'BS', 'L81', '01174960'),
  town('Liverpool', 'Merseyside', 'L', 'N82', '01514960'),
  town('Nottingham', 'Nottinghamshire', 'NG', 'C84', '01154960'),
  town('Leicester', 'Leicestershire', 'LE', 'C82', '01164960'),
  town('Newcastle upon Tyne', 'Tyne and Wear', 'NE', 'A86', '01914980'),
  town('Reading', 'Berkshire', 'RG', 'K81', '01184960'),
  town('Bradford', 'West Yorkshire', 'BD', 'B83'),
  town('Coventry', 'West Midlands', 'CV', 'M86'),
  town('Plymouth', 'Devon', 'PL', 'L83'),
  town('Norwich', 'Norfolk', 'NR', 'D82'),
  town('Brighton', 'East Sussex', 'BN', 'G81'),
  town('Scunthorpe', 'North Lincolnshire', 'DN', 'B81'),
  town('York', 'North Yorkshire', 'YO', 'B82'),
  town('Exeter', 'Devon', 'EX', 'L84'),
  town('Carlisle', 'Cumbria', 'CA', 'A82'),
  town('Ipswich', 'Suffolk', 'IP', 'D83'),
  town('Oxford', 'Oxfordshire', 'OX', 'K84'),
  town('Cambridge', 'Cambridgeshire', 'CB', 'D81'),
  town('Southampton', 'Hampshire', 'SO', 'J82'),
  town('Stoke-on-Trent', 'Staffordshire', 'ST', 'M83'),
  town('Truro', 'Cornwall', 'TR', 'L82'),
];

export const STREET_NAMES: readonly string[] = (
  'High|Church|Station|Victoria|Green|Manor|Park|Kings|Queens|New|Mill|Springfield|School|Richmond|Windsor|North|' +
  'South|West|East|London|York|Albert|Alexandra|Grange|Highfield|Chester|George|Broad|Stanley|Bramble|Larch|Elm|' +
  "Beech|Chestnut|Sycamore|Hawthorn|Rowan|Lime|Tanner's|Weaver's|Bishop's|St Mary's|St John's|Abbey|Priory|Castle|" +
  'Bridge|Canal|Wharf|Quarry|Orchard|Meadow|Brook|Heron|Kingfisher|Swallow|Nightingale|Jubilee|Coronation|Harbour'
).split('|');

export const STREET_KINDS: readonly string[] =
  'Street|Road|Lane|Avenue|Close|Drive|Way|Gardens|Crescent|Terrace|Court|Place|Grove'.split('|');

export const DISTRICTS: readonly string[] =
  'Northgate|Southfields|Old Town|Westbrook|Eastcliffe|Millbank|Harehills|Woodside|Netherfield|Upperton|Lower Green|Bankside'.split(
    '|',
  );

export const HOUSE_NAMES: readonly string[] =
  'Rose Cottage|The Old Forge|Ivy House|Holly Bank|Flat 2|Flat 7A|Apartment 12|The Gatehouse|Willow Barn|Sea View'.split(
    '|',
  );
