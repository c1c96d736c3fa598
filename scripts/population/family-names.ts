/** Family names of the synthetic population, ordered by how often they are to occur. */

export const FAMILY_NAMES: readonly string[] = (
  'Smith Jones Taylor Brown Williams Wilson Johnson Davies Patel Robinson Wright Thompson Evans Walker White ' +
  'Roberts Green Hall Wood Jackson Khan Clarke Hughes Edwards Harrison Martin Ahmed Turner Hill Cooper Ward Ali ' +
  'Moore Morris King Lewis Baker Harris Watson Lee Clark Allen Scott Parker Singh Young Mitchell Phillips James ' +
  'Morgan Bailey Bennett Richardson Cox Cook Shaw Begum Bell Miller Carter Marshall Collins Hussain Murphy Gray ' +
  "Adams Rogers Simpson Kelly Ellis Wilkinson Stevens Foster Barker Mills Webb Chapman Richards Hunt O'Brien " +
  'Palmer Knight Mason Holmes Powell Butler Barnes Lloyd Russell Thomas Matthews Fisher Graham Murray Stewart ' +
  'Hamilton Campbell Anderson Robertson MacDonald Reid Ross McKenzie Ferguson Gordon Cameron Fraser Duncan ' +
  "Henderson Paterson Kerr Hunter Burns Grant Crawford Sinclair McLean McGregor O'Connor O'Neill O'Sullivan " +
  "O'Reilly Byrne Ryan Doyle McCarthy Gallagher Doherty Kennedy Lynch Quinn Brennan Fitzgerald Nolan Flynn " +
  'Hughes-Hallett Griffiths Jenkins Price Owen Rees Bowen Howells Pugh Llewellyn Prosser Vaughan Kaur Shah ' +
  'Akhtar Mahmood Hassan Malik Iqbal Rahman Choudhury Miah Islam Uddin Hossain Chowdhury Sharma Gupta Mehta ' +
  "Desai Joshi Reddy Nair Pillai D'Souza Fernandes Pereira Silva Santos Costa Oliveira Rossi Russo Bianchi " +
  'Ferrari Romano Müller Schmidt Schröder Weiß Nowak Kowalski Wiśniewski Wójcik Kamiński Lewandowski Zieliński ' +
  'Popescu Ionescu Dumitru Stan Radu Horváth Nagy Szabó Dvořák Novák Petrov Ivanov Yılmaz Çelik Demir Núñez ' +
  "García Martínez López Pérez Hernández Lefèvre Béranger Dubois Moreau Lambert De'Ath Okafor Adeyemi Okonkwo " +
  'Nwosu Adebayo Mensah Owusu Boateng Asante Osei Mbeki Ndlovu Moyo Dlamini Abdi Mohamed Warsame Osman Yusuf ' +
  'Wong Chan Cheung Lam Leung Wang Zhang Chen Liu Nguyen Tran Pham Kim Park Tanaka Sato Suzuki Fletcher Archer ' +
  'Chandler Cartwright Thatcher Wheeler Sawyer Tanner Potter Weaver Dyer Fuller Glover Hooper Slater Turnbull ' +
  'Armstrong Charlton Ridley Dodd Robson Milburn Heslop Ramshaw Ackroyd Sutcliffe Greenwood Barraclough ' +
  'Hainsworth Illingworth Murgatroyd Ramsbottom Shuttleworth Entwistle Higginbottom Duckworth Trelawney Penrose ' +
  'Tregenza Nancarrow Polglase Trevithick Carew Bolitho Sidebottom Featherstone Cholmondeley St.John Wedgwood ' +
  'Attwood Bancroft Blackburn Chadwick Clayton Crowther Eastwood Fairhurst Garside Haigh Kershaw Lockwood Ogden'
).split(' ');
