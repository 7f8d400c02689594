"""The country names Mautic knows; its `country` field takes no other."""

COUNTRIES = frozenset(
    """
    Afghanistan|Åland Islands|Albania|Algeria|Andorra|Angola|Anguilla|Antarctica|
    Antigua and Barbuda|Argentina|Armenia|Aruba|Australia|Austria|Azerbaijan|
    Bahamas|Bahrain|Bangladesh|Barbados|Belarus|Belgium|Belize|Benin|Bermuda|
    Bhutan|Bolivia|Bonaire, Saint Eustatius and Saba|Bosnia and Herzegovina|
    Botswana|Bouvet Island|Brazil|British Virgin Islands|Brunei|Bulgaria|
    Burkina Faso|Burundi|Cambodia|Cameroon|Canada|Cape Verde|Cayman Islands|
    Central African Republic|Chad|Chile|China|Colombia|Comoros|Cook Islands|
    Costa Rica|Croatia|Cuba|Curacao|Cyprus|Czech Republic|
    Democratic Republic of the Congo|Denmark|Djibouti|Dominica|
    Dominican Republic|East Timor|Ecuador|Egypt|El Salvador|Equatorial Guinea|
    Eritrea|Estonia|Ethiopia|Falkland Islands|Faroe Islands|Fiji|Finland|France|
    French Guiana|French Polynesia|Gabon|Gambia|Georgia|Germany|Ghana|Gibraltar|
    Greece|Greenland|Grenada|Guadeloupe|Guam|Guatemala|Guernsey|Guinea|
    Guinea-Bissau|Guyana|Haiti|Honduras|Hong Kong|Hungary|Iceland|India|
    Indonesia|Iran|Iraq|Ireland|Israel|Italy|Ivory Coast|Jamaica|Japan|Jersey|
    Jordan|Kazakhstan|Kenya|Kiribati|Kuwait|Kyrgyzstan|Laos|Latvia|Lebanon|
    Lesotho|Liberia|Libya|Liechtenstein|Lithuania|Luxembourg|Macao|Macedonia|
    Madagascar|Malawi|Malaysia|Maldives|Mali|Malta|Marshall Islands|Martinique|
    Mauritania|Mauritius|Mayotte|Mexico|Micronesia|Moldova|Monaco|Mongolia|
    Montenegro|Montserrat|Morocco|Mozambique|Myanmar|Namibia|Nauru|Nepal|
    Netherlands|New Caledonia|New Zealand|Nicaragua|Niger|Nigeria|Niue|
    North Korea|Norway|Oman|Pakistan|Palau|Palestine|Panama|Papua New Guinea|
    Paraguay|Peru|Philippines|Poland|Portugal|Puerto Rico|Qatar|
    Republic of the Congo|Romania|Russia|Rwanda|Saint Kitts and Nevis|
    Saint Lucia|Saint Vincent and the Grenadines|Samoa|San Marino|Saudi Arabia|
    Senegal|Serbia|Seychelles|Sierra Leone|Singapore|Slovakia|Slovenia|
    Solomon Islands|Somalia|South Africa|South Korea|South Sudan|Spain|
    Sri Lanka|Sudan|Suriname|Svalbard and Jan Mayen|Swaziland|Sweden|
    Switzerland|Syria|Taiwan|Tajikistan|Tanzania|Thailand|Togo|Tonga|
    Trinidad and Tobago|Tunisia|Turkey|Turkmenistan|Tuvalu|Uganda|Ukraine|
    United Arab Emirates|United Kingdom|United States|Uruguay|Uzbekistan|
    Vanuatu|Vatican|Venezuela|Vietnam|Western Sahara|Yemen|Zambia|Zimbabwe
    """.replace("\n    ", "")
    .strip()
    .split("|")
)
