package charter.governance.model;

import java.util.ArrayList;

/** The list of this name, as a class: see `defects/openapi-generator-java-list-in-union.yaml`. */
public class FilterTexts extends ArrayList<String> {
}
